using System.Net;
using System.Security.Cryptography;
using Gateway.Smtp.Server;
using Gateway.Smtp.Server.Auth;
using Gateway.Smtp.Transport;

namespace Gateway.Hosting;

/// <summary>One address to listen on, and how.</summary>
/// <param name="EndPoint">The address; port 0 takes a free one.</param>
internal sealed record ListenerSettings(IPEndPoint EndPoint)
{
    /// <summary>What policies call it.</summary>
    public string Name { get; init; } = string.Empty;

    /// <summary>Proxies whose connections begin with a PROXY header.</summary>
    public IReadOnlyList<IPNetwork> ProxyNetworks { get; init; } = [];

    /// <summary>When its connections are encrypted.</summary>
    public TlsMode Mode { get; init; } = TlsMode.None;

    /// <summary>Its certificates, the default one first.</summary>
    public IReadOnlyList<CertificateFiles> Certificates { get; init; } = [];
}

/// <summary>Certificates, keys and users: what is read from files beside the configuration and taken up anew when it changes.</summary>
/// <remarks>Promises: content that cannot be used leaves the old one in place and is said in the log.</remarks>
internal sealed class HostSecrets : IDisposable
{
    private readonly List<WatchedFiles<ServerCertificates>> _certificates = [];
    private WatchedFiles<UserList>? _users;

    /// <summary>The encryption of each listener, in their order.</summary>
    public IReadOnlyList<ListenerTls> Listeners { get; private set; } = [];

    /// <summary>Reads everything.</summary>
    /// <exception cref="IOException">Something cannot be read or used; the message names it.</exception>
    public static HostSecrets Open(IReadOnlyList<ListenerSettings> listeners, string? usersFile, ILogger log, TimeProvider time)
    {
        HostSecrets secrets = new();
        try
        {
            secrets._users = string.IsNullOrEmpty(usersFile) ? null : UserList.Watch(usersFile, time);
            secrets._users?.Changed = fault => Tell(log, fault, "users file");
            secrets.Listeners = [.. listeners.Select(l => secrets.Make(l, log, time))];
            return secrets;
        }
        catch (Exception e) when (e is CryptographicException or FormatException or UnauthorizedAccessException)
        {
            secrets.Dispose();
            throw new IOException(e.Message, e);
        }
    }

    /// <summary>Reads everything anew, whether it changed or not; what cannot be used is left as it was, and logged.</summary>
    /// <returns>One sentence for each thing that could not be used.</returns>
    public IReadOnlyList<string> Reload() =>
        [.. _certificates.Select(c => c.Reload()).Append(_users?.Reload()).OfType<Exception>().Select(e => e.Message)];

    /// <summary>When the first certificate ends; null without certificates.</summary>
    public DateTimeOffset? EarliestEnd => _certificates.Count == 0 ? null : _certificates.Min(c => c.Current.EarliestEnd);

    /// <inheritdoc/>
    public void Dispose()
    {
        _users?.Dispose();
        _certificates.ForEach(c => c.Dispose());
    }

    private ListenerTls Make(ListenerSettings listener, ILogger log, TimeProvider time)
    {
        if (listener.Mode == TlsMode.None)
        {
            return ListenerTls.None;
        }

        WatchedFiles<ServerCertificates> certificates = ServerCertificates.Watch(listener.Certificates, time);
        _certificates.Add(certificates);
        foreach (var leaf in certificates.Current.Leaves.Where(l => l.NotAfter.ToUniversalTime() < time.GetUtcNow().UtcDateTime))
        {
            HostLog.CertificateExpired(log, leaf.Subject, leaf.NotAfter.ToUniversalTime());
        }

        certificates.Changed = fault => Tell(log, fault, $"certificates of {listener.EndPoint}");
        return new ListenerTls(listener.Mode, certificates, _users);
    }

    private static void Tell(ILogger log, Exception? fault, string what)
    {
        if (fault is null)
        {
            HostLog.Reloaded(log, what);
        }
        else
        {
            HostLog.NotReloaded(log, what, fault.Message);
        }
    }
}
