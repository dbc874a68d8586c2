using Gateway.Relay.Delivery.Routes;
using Gateway.Smtp.Client;

namespace Gateway.Configuration;

/// <summary>Where the hosts of a route come from.</summary>
internal enum RouteKind
{
    /// <summary>They are listed.</summary>
    Hosts,

    /// <summary>DNS names them for each recipient domain.</summary>
    Mx,
}

/// <summary>How a host is told for whom we speak.</summary>
internal enum ForwardClient
{
    /// <summary>Not at all.</summary>
    None,

    /// <summary>By XFORWARD.</summary>
    Xforward,
}

/// <summary>How a host is authenticated at.</summary>
internal enum RouteMechanism
{
    /// <summary>With what both know, the strongest first.</summary>
    Any,

    /// <summary>SCRAM-SHA-256 alone.</summary>
    Scram,

    /// <summary>PLAIN alone.</summary>
    Plain,

    /// <summary>LOGIN alone.</summary>
    Login,
}

/// <summary>How the hosts of a route are spoken to.</summary>
internal abstract class RouteConnectionOptions
{
    [Setting("`hosts`: those listed in Hosts. `mx`: those that DNS names for the domain of each recipient, by preference; Hosts stays empty then.")]
    public RouteKind Kind { get; init; } = RouteKind.Hosts;

    [Setting("The port of hosts found by MX.", Minimum = "1", Maximum = "65535")]
    public int MxPort { get; init; } = 25;

    [Setting("Encryption towards the hosts.")]
    public RouteTlsOptions Tls { get; init; } = new();

    [Setting("Who we are for hosts that ask for authentication; needs Tls:Mode `required` or `verified`.")]
    public RouteAuthOptions Auth { get; init; } = new();

    [Setting("`xforward` tells hosts that offer XFORWARD (Postfix with `smtpd_authorized_xforward_hosts`) the address and name of the real client of each message.")]
    public ForwardClient ForwardClient { get; init; } = ForwardClient.None;

    [Setting("The address of this machine that connections are made from, or one of each family with a comma between. A family without one is not used.", DefaultText = "the system's choice", MayBeEmpty = true)]
    public string SourceAddress { get; init; } = "";

    [Setting("Connections to this destination at the same time at the most.", DefaultText = "that of Relay", Minimum = "1", Maximum = "1000")]
    public int? Concurrency { get; init; }

    [Setting("Messages a minute to this destination at the most; 0 for no limit.", DefaultText = "that of Relay", Minimum = "0", Maximum = "1000000")]
    public int? MessageRate { get; init; }

    [Setting("Recipients named in one transaction at the most.", DefaultText = "that of Relay", Minimum = "1", Maximum = "10000")]
    public int? RecipientsPerTransaction { get; init; }

    [Setting("What becomes of mail that a host refuses for good or that is too old.", DefaultText = "that of Relay")]
    public UndeliverableMail? Undeliverable { get; init; }

    [Setting("What is done with content beyond 7 bits when no host offers 8BITMIME.", DefaultText = "that of Relay")]
    public EightBitHandling? EightBit { get; init; }

    [Setting("The same for content that must not be converted: `send` or `require`.", DefaultText = "that of Relay")]
    public EightBitHandling? EightBitSigned { get; init; }

    [Setting("How old its mail grows before the sender is told that it is late; 0 for never.", DefaultText = "that of Relay", Minimum = "0", Maximum = "30d")]
    public Duration? DelayWarning { get; init; }

    [Setting("When its mail is tried again, and given up.")]
    public RouteRetryOptions Retry { get; init; } = new();
}

/// <summary>The times between attempts of one route.</summary>
internal sealed class RouteRetryOptions
{
    [Setting("The wait after the first failed attempt.", DefaultText = "that of Relay:Retry", Minimum = "1s", Maximum = "1d")]
    public Duration? First { get; init; }

    [Setting("The longest wait between two attempts.", DefaultText = "that of Relay:Retry", Minimum = "1s", Maximum = "1d")]
    public Duration? Longest { get; init; }

    [Setting("How old a message may grow before it goes back to its sender.", DefaultText = "that of Relay:Retry", Minimum = "1m", Maximum = "30d")]
    public Duration? Lifetime { get; init; }
}

/// <summary>Where mail for one domain goes.</summary>
internal sealed class RouteOptions : RouteConnectionOptions
{
    [Setting("The domain, or `*.example.org` for everything below it.", Required = true)]
    public DomainPattern Domain { get; init; }

    [Setting("Mail hosts as `host:port` (port 25 if left out), in the order of preference; the next is used when one is down.")]
    public IReadOnlyList<HostAndPort> Hosts { get; init; } = [];

    [Setting("Shares of the mail, one number for each host; a host with 0 stands by. Empty: the first host that is up gets all.")]
    public IReadOnlyList<int> Weights { get; init; } = [];
}

/// <summary>Where mail goes that no route names.</summary>
internal sealed class DefaultRouteOptions : RouteConnectionOptions
{
    [Setting("Mail hosts as `host:port` (port 25 if left out), in the order of preference; the next is used when one is down.")]
    public IReadOnlyList<HostAndPort> Hosts { get; init; } = [new("127.0.0.1", 25)];

    [Setting("Shares of the mail, one number for each host; a host with 0 stands by. Empty: the first host that is up gets all.")]
    public IReadOnlyList<int> Weights { get; init; } = [];
}

/// <summary>The encryption towards the hosts of one route.</summary>
internal sealed class RouteTlsOptions
{
    [Setting("`none`; `opportunistic` encrypts where the host offers STARTTLS, with any certificate, and goes on in clear where the handshake fails; `required` sends "
        + "nothing in clear; `verified` demands a certificate with the host's name and a chain to a trusted root besides. TLS 1.2 and later.")]
    public DownstreamTls Mode { get; init; } = DownstreamTls.Opportunistic;

    [Setting("The name that the certificates of the hosts must have.", DefaultText = "the name of each host", MayBeEmpty = true)]
    public string Name { get; init; } = "";

    [Setting("PEM file: the roots that are trusted.", DefaultText = "those of the system", MayBeEmpty = true, IsFile = true)]
    public string CaFile { get; init; } = "";

    [Setting("PEM file: our own certificate for hosts that ask for one, behind it the intermediate ones of its chain.", DefaultText = "none", MayBeEmpty = true, IsFile = true)]
    public string CertificateFile { get; init; } = "";

    [Setting("PEM file: the unencrypted private key of that certificate.", DefaultText = "none", MayBeEmpty = true, IsFile = true)]
    public string KeyFile { get; init; } = "";
}

/// <summary>The authentication at the hosts of one route.</summary>
internal sealed class RouteAuthOptions
{
    [Setting("The user name.", DefaultText = "none: no AUTH", MayBeEmpty = true)]
    public string User { get; init; } = "";

    [Setting("The file whose first line is the password; read for each connection.", DefaultText = "none", MayBeEmpty = true, IsFile = true)]
    public string PasswordFile { get; init; } = "";

    [Setting("`any` tries what the host offers, SCRAM-SHA-256 before PLAIN before LOGIN, and remembers for an hour what it refused; `scram`, `plain` and `login` use that one alone.")]
    public RouteMechanism Mechanism { get; init; } = RouteMechanism.Any;
}
