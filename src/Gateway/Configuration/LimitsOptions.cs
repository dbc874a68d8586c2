using System.Net;

namespace Gateway.Configuration;

/// <summary>Whether clients of allowed networks are limited like strangers.</summary>
internal enum AllowedClients
{
    /// <summary>They are not.</summary>
    Exempt,

    /// <summary>They are.</summary>
    Limited,
}

/// <summary>Hard bounds of sessions and messages.</summary>
internal sealed class LimitsOptions
{
    [Setting("The largest message taken, as said in SIZE; a larger one gets 552 5.3.4. RFC 5321 asks for 64KB at least.", Minimum = "1KB", Maximum = "1GB")]
    public ByteSize MessageBytes { get; init; } = ByteSize.FromMegabytes(50);

    [Setting("Recipients of one message; further ones get 452 4.5.3 and the client sends them in another message. RFC 5321 asks for 100 at least.",
        Minimum = "1", Maximum = "50000")]
    public int Recipients { get; init; } = 1000;

    [Setting("Connections at the same time over all listeners; further ones get 421 4.3.2.", Minimum = "1", Maximum = "100000")]
    public int Connections { get; init; } = 2000;

    [Setting("Replies of class 5 in one session before 421 4.7.0 ends it.", Minimum = "1", Maximum = "10000")]
    public int Errors { get; init; } = 20;

    [Setting("How long a client may be silent between commands. RFC 5321 asks for 5m.", Minimum = "1s", Maximum = "1h")]
    public Duration CommandTimeout { get; init; } = Duration.FromMinutes(5);

    [Setting("How long a client may be silent while it sends a message. RFC 5321 asks for 3m.", Minimum = "1s", Maximum = "1h")]
    public Duration DataTimeout { get; init; } = Duration.FromMinutes(3);

    [Setting("How long a client may take to send one message, however steadily it sends.", Minimum = "10s", Maximum = "1d")]
    public Duration MessageTimeout { get; init; } = Duration.FromMinutes(30);

    [Setting("How long a client may take for a TLS handshake.", Minimum = "1s", Maximum = "5m")]
    public Duration TlsHandshakeTimeout { get; init; } = Duration.FromSeconds(30);

    [Setting("How long a proxy of ProxyNetworks may take to send its PROXY header; then the connection is dropped.", Minimum = "1s", Maximum = "1m")]
    public Duration ProxyHeaderTimeout { get; init; } = Duration.FromSeconds(5);

    [Setting("Failed authentications in one session before 421 4.7.0 ends it.", Minimum = "1", Maximum = "100")]
    public int AuthFailures { get; init; } = 3;

    [Setting("How long the reply to a failed authentication waits; twice as long for the second in a session, three times for the third.", Minimum = "0", Maximum = "1m")]
    public Duration AuthFailureDelay { get; init; } = Duration.FromSeconds(1);

    [Setting("How much of a message is kept in memory; a larger one goes to a file in the data directory while it arrives.", Minimum = "16KB", Maximum = "256MB")]
    public ByteSize MemoryBytes { get; init; } = ByteSize.FromMegabytes(2);

    [Setting("Octets a second that a message must bring on average while it is sent; below it 421 4.4.2. 0 for no limit.", Minimum = "0", Maximum = "1000000")]
    public int MinimumRate { get; init; } = 100;

    [Setting("The time over which MinimumRate is averaged. Only time in which the gateway waits for the client counts.", Minimum = "5s", Maximum = "1h")]
    public Duration MinimumRatePeriod { get; init; } = Duration.FromMinutes(1);

    [Setting("How old a session may grow; then it gets 421 4.4.2 between commands.", Minimum = "1m", Maximum = "30d")]
    public Duration SessionTimeout { get; init; } = Duration.FromMinutes(120);

    [Setting("MAIL commands of one session, as said in LIMITS MAILMAX; a further one gets 421 4.7.0 and the client sends it over a new connection. 0 for no limit.",
        Minimum = "0", Maximum = "1000000")]
    public int SessionMessages { get; init; }

    [Setting("Commands that bring no mail (NOOP, RSET, VRFY, EXPN, HELP, a repeated EHLO) since the last message before 421 4.7.0.", Minimum = "1", Maximum = "1000000")]
    public int JunkCommands { get; init; } = 100;

    [Setting("How long a client waits for the greeting; one that speaks meanwhile gets 554 5.5.1, as bulk senders do. Not for exempt clients.", Minimum = "0", Maximum = "1m")]
    public Duration GreetingDelay { get; init; } = Duration.FromSeconds(0);

    [Setting("Whether clients of Relay:AllowedNetworks are `exempt` from GreetingDelay and all limits that begin with Client, or `limited` like strangers.")]
    public AllowedClients AllowedNetworks { get; init; } = AllowedClients.Exempt;

    [Setting("Further networks that GreetingDelay and the limits that begin with Client do not concern, in CIDR form.")]
    public IReadOnlyList<IPNetwork> ExemptNetworks { get; init; } = [];

    [Setting("Connections of one client (an IPv4 address, an IPv6 /64) at the same time; further ones get 421 4.7.0. Never more than an eighth of those "
        + "still free, so that one more client finds room. 0 for no limit.", Minimum = "0", Maximum = "1000000")]
    public int ClientConnections { get; init; } = 50;

    [Setting("New connections of one client in a minute; further ones get 421 4.7.0. 0 for no limit.", Minimum = "0", Maximum = "1000000")]
    public int ClientConnectionRate { get; init; } = 300;

    [Setting("MAIL commands of one client in a minute; further ones get 450 4.7.1. 0 for no limit.", Minimum = "0", Maximum = "1000000")]
    public int ClientMessageRate { get; init; } = 1000;

    [Setting("RCPT commands of one client in a minute; further ones get 450 4.7.1. 0 for no limit.", Minimum = "0", Maximum = "1000000")]
    public int ClientRecipientRate { get; init; } = 10000;

    [Setting("MAIL commands of one login in a minute, from wherever it sends, exempt clients included; further ones get 450 4.7.1. 0 for no limit.",
        Minimum = "0", Maximum = "1000000")]
    public int LoginMessageRate { get; init; }

    [Setting("Inspection time that the mail of one client may take in a minute; beyond it the client is slowed, beyond twice as much its mail gets "
        + "451 4.7.1, then 421 4.7.0. 0 for no limit.", Minimum = "0", Maximum = "1h")]
    public Duration ClientInspectionTime { get; init; } = Duration.FromSeconds(30);

    [Setting("Memory that all messages being received may take together. As it becomes scarce, messages go to their files earlier and clients wait.",
        Minimum = "1MB", Maximum = "100GB", Restart = true)]
    public ByteSize MessageMemory { get; init; } = ByteSize.FromMegabytes(256);

    [Setting("How long the inspection of one message may take before it is stopped and the message quarantined as `parser-fault`. One that cannot be stopped is "
        + "given up after a quarter more.", Minimum = "1s", Maximum = "10m", Restart = true)]
    public Duration InspectionTimeout { get; init; } = Duration.FromSeconds(20);

    [Setting("Inspections that may be given up and still not have ended, each with a thread of its own; at so many no mail is taken (421, `/readyz` 503).",
        Minimum = "1", Maximum = "1000", Restart = true)]
    public int StuckInspections { get; init; } = 4;
}
