using Gateway.Smtp.Server;
using Gateway.Smtp.Server.Auth;
using Gateway.Smtp.Tests.Server;
using Gateway.Smtp.Transport;
using Gateway.TestKit;

namespace Gateway.Smtp.Tests.Tls;

/// <summary>The real receiving side with certificates of its own: <c>gate.test</c> and <c>*.wild.test</c>.</summary>
internal sealed class TlsServer : IAsyncDisposable
{
    private readonly TemporaryDirectory _folder = new();
    private readonly ServerCertificates _certificates;

    private WatchedFiles<UserList>? _users;

    private TlsServer(TimeProvider time, bool withoutSecond)
    {
        Serials = [Renew("gate.test"), RenewSecond()];
        if (withoutSecond)
        {
            SpoilSecond(null);
        }

        _certificates = new ServerCertificates(
            [new(_folder["gate.crt"], _folder["gate.key"]), new(_folder["wild.crt"], _folder["wild.key"])], time);
    }

    public SmtpTestHost Host { get; private set; } = null!;

    /// <summary>The serial numbers of the certificates at the start.</summary>
    public IReadOnlyList<string> Serials { get; }

    public ServerCertificates Certificates => _certificates;

    public WatchedFiles<UserList>? Users => _users;

    /// <summary>The default certificate; it is its own root.</summary>
    public string CertificateFile => _folder["gate.crt"];

    public static async Task<TlsServer> StartAsync(
        TlsMode mode, SessionLimits? limits = null, TimeProvider? time = null, RecordingReceivers? receivers = null, bool users = false,
        ProxyProtocol? proxy = null, IReadOnlyList<System.Net.IPNetwork>? trusted = null, ClientLimits? clients = null, bool withoutSecond = false,
        ListenerAuth auth = ListenerAuth.Offered, SmtpEngine? engine = null)
    {
        TlsServer server = new(time ?? TimeProvider.System, withoutSecond);
        server._users = users ? server.MakeUsers(time ?? TimeProvider.System) : null;
        server.Host = await SmtpTestHost.StartAsync(
            receivers, limits ?? new SessionLimits(), time, tls: new ListenerTls(mode, server._certificates, auth == ListenerAuth.None ? null : server._users, auth == ListenerAuth.Required), clients: clients, proxy: proxy, trusted: trusted, engine: engine);
        return server;
    }

    /// <summary>Puts another certificate into the files of the default one.</summary>
    public string Renew(string name) => TestCertificate.Write(_folder["gate.crt"], _folder["gate.key"], name);

    /// <summary>Puts another certificate into the files of the second one.</summary>
    public string RenewSecond() => TestCertificate.Write(_folder["wild.crt"], _folder["wild.key"], "*.wild.test", "other.test");

    /// <summary>Spoils the key of the second certificate; null removes it.</summary>
    public void SpoilSecond(string? content)
    {
        if (content is null)
        {
            File.Delete(_folder["wild.key"]);
        }
        else
        {
            File.WriteAllText(_folder["wild.key"], content);
        }
    }

    public void Spoil(string text) => File.WriteAllText(_folder["gate.key"], text);

    /// <summary>Gives a user another password.</summary>
    public void WriteUser(string name, string password) =>
        File.WriteAllText(_folder["users"], $"# users\n*:{new string('A', 44)}\n{name}:{ScramCredentials.Create(password, 4096)}\n");

    /// <summary>Replaces the users file.</summary>
    public void WriteUsers(string content) => File.WriteAllText(_folder["users"], content);

    private WatchedFiles<UserList> MakeUsers(TimeProvider time)
    {
        WriteUser("joe", "secret");
        return UserList.Watch(_folder["users"], time);
    }

    public async ValueTask DisposeAsync()
    {
        await Host.DisposeAsync();
        _certificates.Dispose();
        _users?.Dispose();
        _folder.Dispose();
    }
}
