using System.Net;
using Gateway.Smtp.Server;

namespace Gateway.Configuration;

/// <summary>One address that SMTP is listened for on, and what it is for.</summary>
internal sealed class ListenerOptions
{
    [Setting("Address and port. Port 0 takes a free one. Use `0.0.0.0:25` and `[::]:25` to listen on all interfaces.", Required = true, Restart = true)]
    public IPEndPoint Endpoint { get; init; } = new(IPAddress.Loopback, 2525);

    [Setting("What Policies and Exceptions call it; its endpoint when it has no name.", MayBeEmpty = true, Restart = true)]
    public string Name { get; init; } = "";

    [Setting("Networks of proxies (HAProxy's `send-proxy`, `send-proxy-v2`), in CIDR form. Connections from these must begin with a PROXY header, which names "
        + "the real client; from all others none is read.", Restart = true)]
    public IReadOnlyList<IPNetwork> ProxyNetworks { get; init; } = [];

    [Setting("`none` does not offer AUTH (port 25); `offered` does where the listener has TLS and Auth:UsersFile is given; `required` takes no mail from clients that have "
        + "not authenticated, those of AllowedNetworks included: 530 5.7.0 to MAIL (ports 587 and 465).", Restart = true)]
    public ListenerAuth Auth { get; init; } = ListenerAuth.Offered;

    [Setting("Who reads the commands of this listener: `kestrel`, or `smtpserver` (the package SmtpServer), which offers no CHUNKING, SCRAM, XCLIENT and XFORWARD "
        + "(docs/engines.md).", Restart = true)]
    public SmtpEngine Engine { get; init; } = SmtpEngine.Kestrel;

    [Setting("Networks whose clients may send to any domain through this listener, in CIDR form, in place of those of Relay; an empty list for nobody.",
        DefaultText = "those of Relay")]
    public IReadOnlyList<IPNetwork>? AllowedNetworks { get; init; }

    [Setting("Domains that this listener takes mail for from every client, in place of those of Relay; an empty list for none.", DefaultText = "those of Relay")]
    public IReadOnlyList<DomainPattern>? Domains { get; init; }

    [Setting("Its limits, in place of those of Limits. A listener that has one that begins with Client or Login counts clients and logins for itself.")]
    public ListenerLimitsOptions Limits { get; init; } = new();

    [Setting("The encryption of this listener.", Restart = true)]
    public TlsOptions Tls { get; init; } = new();
}

/// <summary>Limits of one listener.</summary>
internal sealed class ListenerLimitsOptions
{
    private const string Inherited = "that of Limits";

    [Setting("The largest message taken, as said in SIZE.", DefaultText = Inherited, Minimum = "1KB", Maximum = "1GB")]
    public ByteSize? MessageBytes { get; init; }

    [Setting("Recipients of one message.", DefaultText = Inherited, Minimum = "1", Maximum = "50000")]
    public int? Recipients { get; init; }

    [Setting("Connections of one client at the same time; 0 for no limit.", DefaultText = Inherited, Minimum = "0", Maximum = "1000000")]
    public int? ClientConnections { get; init; }

    [Setting("New connections of one client in a minute; 0 for no limit.", DefaultText = Inherited, Minimum = "0", Maximum = "1000000")]
    public int? ClientConnectionRate { get; init; }

    [Setting("MAIL commands of one client in a minute; 0 for no limit.", DefaultText = Inherited, Minimum = "0", Maximum = "1000000")]
    public int? ClientMessageRate { get; init; }

    [Setting("RCPT commands of one client in a minute; 0 for no limit.", DefaultText = Inherited, Minimum = "0", Maximum = "1000000")]
    public int? ClientRecipientRate { get; init; }

    [Setting("MAIL commands of one login in a minute; 0 for no limit.", DefaultText = Inherited, Minimum = "0", Maximum = "1000000")]
    public int? LoginMessageRate { get; init; }

    /// <summary>Whether clients and logins are counted for this listener alone.</summary>
    internal bool CountsForItself => ClientConnections is not null || ClientConnectionRate is not null || ClientMessageRate is not null
        || ClientRecipientRate is not null || LoginMessageRate is not null;
}
