using System.Net;
using Gateway.Relay.Delivery.Routes;

namespace Gateway.Configuration;

/// <summary>For whom mail is taken and where it goes.</summary>
internal sealed class RelayOptions
{
    [Setting("Networks whose clients may send to any domain, in CIDR form. All others may send to Domains only.")]
    public IReadOnlyList<IPNetwork> AllowedNetworks { get; init; } = [new(IPAddress.Parse("127.0.0.0"), 8), new(IPAddress.IPv6Loopback, 128)];

    [Setting("Networks whose clients may say by XCLIENT for which client they speak, and by XFORWARD where a message came from, in CIDR form. "
        + "Only hosts of your own: XCLIENT changes the address that AllowedNetworks and all limits look at, and LOGIN authenticates.")]
    public IReadOnlyList<IPNetwork> XclientNetworks { get; init; } = [];

    [Setting("Networks whose clients may send bare CR and bare LF in DATA, in CIDR form: each becomes CRLF, and the message gets a finding "
        + "`line-ends-normalized`. A forged end of data is refused all the same. For old devices that cannot be repaired.")]
    public IReadOnlyList<IPNetwork> BareLineEndNetworks { get; init; } = [];

    [Setting("Networks whose clients may leave the grammar of EHLO, MAIL and RCPT where the meaning is plain, in CIDR form: addresses without brackets, a blank in "
        + "front of the colon, a domain with its final dot, a name with blanks. For devices and scripts; addresses go on in brackets and without that dot.")]
    public IReadOnlyList<IPNetwork> LenientNetworks { get; init; } = [new(IPAddress.Parse("127.0.0.0"), 8), new(IPAddress.IPv6Loopback, 128)];

    [Setting("Domains that mail is taken for from every client. `*.example.org` stands for all names below example.org, not for itself; an address literal (`[192.0.2.1]`) is ours only when it is listed.")]
    public IReadOnlyList<DomainPattern> Domains { get; init; } = [];

    [Setting("Where mail for particular domains goes; the most specific one counts.")]
    public IReadOnlyList<RouteOptions> Routes { get; init; } = [];

    [Setting("Where mail for all other domains goes.")]
    public DefaultRouteOptions DefaultRoute { get; init; } = new();

    [Setting("DNS servers as `ip:port` for routes of kind `mx`.", DefaultText = "those of the system")]
    public IReadOnlyList<IPEndPoint> DnsServers { get; init; } = [];

    [Setting("Connections to one destination at the same time at the most; fewer while its hosts show that it is too much.", Minimum = "1", Maximum = "1000")]
    public int Concurrency { get; init; } = 20;

    [Setting("Messages a minute to one destination at the most; 0 for no limit.", Minimum = "0", Maximum = "1000000")]
    public int MessageRate { get; init; }

    [Setting("Recipients named in one transaction at the most; a message to more goes in several, one behind the other over the same connection.", Minimum = "1", Maximum = "10000")]
    public int RecipientsPerTransaction { get; init; } = 50;

    [Setting("What becomes of mail that a host refuses for good or that is too old. `return` tells its sender; `defer` tries what was refused again as if it had been put off, until it is too "
        + "old; `hold` puts on hold what would be returned, for `gateway queue resume`, `bounce` or `remove`. For the first weeks of a migration.")]
    public UndeliverableMail Undeliverable { get; init; } = UndeliverableMail.Return;

    [Setting("What is done with content beyond 7 bits when no host of the route offers 8BITMIME: `send` sends it as it is; `require` returns it to its sender (5.6.3); "
        + "`convert` encodes it (RFC 6152), which breaks its DKIM signatures.")]
    public EightBitHandling EightBit { get; init; } = EightBitHandling.Send;

    [Setting("The same for content that `convert` must not change, because it is signed or encrypted (multipart/signed, multipart/encrypted, S/MIME): `send` or `require`.")]
    public EightBitHandling EightBitSigned { get; init; } = EightBitHandling.Send;

    [Setting("Notifications: bounces, delay warnings, reports of success.")]
    public BouncesOptions Bounces { get; init; } = new();

    [Setting("How messages on which a mail host hangs or fails are kept apart from the others.")]
    public IsolationOptions Isolation { get; init; } = new();

    [Setting("How old a message grows before its sender is told that it is late and still tried: once a message, to senders that asked for it (NOTIFY=DELAY) or said "
        + "nothing (RFC 3461). 0 for never.", Minimum = "0", Maximum = "30d")]
    public Duration DelayWarning { get; init; } = Duration.FromSeconds(0);

    [Setting("When mail that was not taken is tried again.")]
    public RetryOptions Retry { get; init; } = new();
}

/// <summary>The times between attempts.</summary>
internal sealed class RetryOptions
{
    [Setting("The wait after the first failed attempt; it doubles with every further one, with some chance in it.", Minimum = "1s", Maximum = "1d")]
    public Duration First { get; init; } = Duration.FromMinutes(1);

    [Setting("The longest wait between two attempts.", Minimum = "1s", Maximum = "1d")]
    public Duration Longest { get; init; } = Duration.FromMinutes(60);

    [Setting("How old a message may grow before it goes back to its sender as undeliverable.", Minimum = "1m", Maximum = "30d")]
    public Duration Lifetime { get; init; } = Duration.FromMinutes(5 * 24 * 60);
}
