using System.Net;
using Gateway.Faults;
using Gateway.Relay.Telemetry;
using Gateway.Smtp.Server.Auth;
using Gateway.Smtp.Server;
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

    /// <summary>Whether its clients authenticate.</summary>
    public ListenerAuth Auth { get; init; } = ListenerAuth.Offered;

    /// <summary>Who reads its commands.</summary>
    public SmtpEngine Engine { get; init; } = SmtpEngine.Kestrel;

    /// <summary>Its certificates, the default one first.</summary>
    public IReadOnlyList<CertificateFiles> Certificates { get; init; } = [];
}

/// <summary>Certificates, keys and users: what is read from files beside the configuration and taken up anew when it changes.</summary>
/// <remarks>
/// Promises: content that cannot be used leaves the old one in place and is said in the log, at once and once an hour while it stays so.
/// Fails: a start needs the users file and the default pair of each listener; another pair may be missing, which is an error in the log.
/// </remarks>
internal sealed class HostSecrets : IDisposable
{
    private const int MostText = 300;

    private readonly List<ServerCertificates> _certificates = [];
    private WatchedFiles<UserList>? _users;

    /// <summary>The encryption of each listener, in their order.</summary>
    public IReadOnlyList<ListenerTls> Listeners { get; private set; } = [];

    /// <summary>One sentence for each thing whose newest content cannot be used.</summary>
    public IReadOnlyList<string> Faults =>
        [.. _certificates.SelectMany(c => c.Faults.Select(f => f.Fault)).Append(_users?.Fault).OfType<Exception>().Select(SystemFailure.Of).Distinct()];

    /// <summary>When each certificate in use ends, once a file.</summary>
    public IEnumerable<(string File, DateTimeOffset End)> Ends =>
        from pair in _certificates.SelectMany(c => c.InUse).DistinctBy(p => p.Files)
        select (pair.Files.CertificateFile, (DateTimeOffset)pair.Pair.Leaf!.NotAfter.ToUniversalTime());

    /// <summary>Reads everything.</summary>
    /// <exception cref="IOException">Something that a start needs cannot be read or used; the message names it.</exception>
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
        catch (Exception e) when (FileContent.IsFault(e))
        {
            secrets.Dispose();
            throw new IOException(SystemFailure.Of(e), e);
        }
    }

    /// <summary>Reads everything anew, whether it changed or not; what cannot be used is left as it was, and logged.</summary>
    /// <returns>One sentence for each thing that could not be used.</returns>
    public IReadOnlyList<string> Reload()
    {
        _certificates.ForEach(c => c.Reload());
        _users?.Reload();
        return Faults;
    }

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

        ServerCertificates certificates = new(listener.Certificates, time);
        _certificates.Add(certificates);
        foreach (string over in certificates.InUse
            .Select(p => FileChecks.EndOf(LogText.Escape(p.Files.CertificateFile, MostText), new DateTimeOffset(p.Pair.Leaf!.NotAfter), time.GetUtcNow())).OfType<string>())
        {
            HostLog.CertificateEnds(log, over);
        }

        foreach ((CertificateFiles files, Exception fault) in certificates.Faults)
        {
            Tell(log, fault, What(files));
        }

        certificates.Changed = (files, fault) => Tell(log, fault, What(files));
        return new ListenerTls(listener.Mode, certificates, listener.Auth == ListenerAuth.None ? null : _users, listener.Auth == ListenerAuth.Required);

        string What(CertificateFiles files) => $"the certificate {LogText.Escape(files.CertificateFile, MostText)} of {listener.EndPoint}";
    }

    private static void Tell(ILogger log, Exception? fault, string what)
    {
        if (fault is null)
        {
            HostLog.Reloaded(log, what);
        }
        else
        {
            HostLog.NotReloaded(log, what, SystemFailure.Of(fault));
        }
    }
}
