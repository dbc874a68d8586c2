using System.Collections.Frozen;
using System.Net;

namespace Gateway.Smtp.Server;

/// <summary>Hard bounds of one session.</summary>
/// <remarks>Source: RFC 5321 section 4.5.3 for the least that must be accepted and the times to wait.</remarks>
public sealed record SessionLimits
{
    /// <summary>Octets of one message after dot-unstuffing; beyond it 552 5.3.4. Default 50 MiB.</summary>
    public long MessageBytes { get; init; } = 50L * 1024 * 1024;

    /// <summary>Recipients of one transaction; beyond it 452 4.5.3. Default 1,000.</summary>
    public int Recipients { get; init; } = 1000;

    /// <summary>Octets of a command line with its CRLF. Default 2,048; RFC 5321 asks for 512 plus what extensions add.</summary>
    public int CommandLineBytes { get; init; } = 2048;

    /// <summary>Replies of class 5 before 421 4.7.0 ends the session. Default 20.</summary>
    public int Errors { get; init; } = 20;

    /// <summary>Connections at the same time over all listeners; beyond it 421 4.3.2. Default 2,000.</summary>
    public int Connections { get; init; } = 2000;

    /// <summary>How long a client may be silent between commands. Default 5 minutes (RFC 5321 section 4.5.3.2.7).</summary>
    public TimeSpan CommandTimeout { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>How long a client may be silent inside DATA. Default 3 minutes (RFC 5321 section 4.5.3.2.5).</summary>
    public TimeSpan DataTimeout { get; init; } = TimeSpan.FromMinutes(3);

    /// <summary>How long a TLS handshake may take. Default 30 seconds.</summary>
    public TimeSpan TlsHandshakeTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a proxy may take to send its PROXY header. Default 5 seconds: it is in the first packet, and one may get lost.</summary>
    public TimeSpan ProxyHeaderTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Failed authentications before 421 4.7.0 ends the session. Default 3.</summary>
    public int AuthFailures { get; init; } = 3;

    /// <summary>How long the reply to a failed authentication waits; twice as long for the second, and so on. Default 1 second.</summary>
    public TimeSpan AuthFailureDelay { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How long one message may take from 354 to its end. Default 30 minutes.</summary>
    public TimeSpan MessageTimeout { get; init; } = TimeSpan.FromMinutes(30);

    /// <summary>How long a message that is being received may take to its end when the server stops; then 421 4.3.2. Default 25 seconds.</summary>
    public TimeSpan DrainTimeout { get; init; } = TimeSpan.FromSeconds(25);

    /// <summary>Octets a second that a message must bring on average; 0 for no limit. Below it 421 4.4.2. Default none.</summary>
    public int MinimumRate { get; init; }

    /// <summary>The time over which <see cref="MinimumRate"/> is averaged, and so the least time anybody gets. Default 1 minute.</summary>
    public TimeSpan MinimumRatePeriod { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>How old a session may grow; it ends with 421 4.4.2 between commands. Default without a limit.</summary>
    public TimeSpan SessionTimeout { get; init; } = Timeout.InfiniteTimeSpan;

    /// <summary>MAIL commands of one session; a further one gets 421 4.7.0. 0 for no limit. Default none.</summary>
    public int SessionMessages { get; init; }

    /// <summary>Commands that bring no mail (NOOP, RSET, VRFY, ...) since the last message before 421 4.7.0. Default 100.</summary>
    public int JunkCommands { get; init; } = 100;

    /// <summary>How long a client that is not exempt waits for the greeting; who speaks meanwhile gets 554 5.5.1. Default none.</summary>
    public TimeSpan GreetingDelay { get; init; }
}

/// <summary>What a listener offers; an immutable snapshot taken by each new session.</summary>
public sealed record SmtpServerProfile
{
    /// <summary>Our name in the greeting, the EHLO reply and the <c>Received:</c> field.</summary>
    public required string HostName { get; init; }

    /// <summary>The bounds.</summary>
    public SessionLimits Limits { get; init; } = new();

    /// <summary>Hosts that may speak for others by XCLIENT and XFORWARD.</summary>
    public IReadOnlyList<System.Net.IPNetwork> XclientNetworks { get; init; } = [];

    /// <summary>The bounds of one client over all its sessions.</summary>
    public ClientLimits Clients { get; init; } = new();

    /// <summary>What listeners by name have of their own; all others have this one.</summary>
    public FrozenDictionary<string, SmtpServerProfile> Listeners { get; init; } = FrozenDictionary<string, SmtpServerProfile>.Empty;

    /// <summary>The profile of a listener.</summary>
    public SmtpServerProfile Of(string listener) => Listeners.GetValueOrDefault(listener, this);

    /// <summary>Clients whose bare CR and bare LF in DATA become CRLF instead of getting the message refused. Default nobody.</summary>
    public IReadOnlyList<IPNetwork> BareLineEnds { get; init; } = [];

    /// <summary>
    /// Clients that may leave the grammar of EHLO, MAIL and RCPT where the meaning is plain: addresses without brackets, a blank in front of
    /// the colon, the final dot of a domain, names with blanks. Default nobody.
    /// </summary>
    public IReadOnlyList<IPNetwork> Lenient { get; init; } = [];

    /// <summary>True for a client of <see cref="BareLineEnds"/>. Cost: asked for every message, so it allocates nothing.</summary>
    public bool MaySendBareLineEnds(IPAddress client) => IsIn(BareLineEnds, client);

    /// <summary>True for a client of <see cref="Lenient"/>. Cost: asked only about a command outside of the grammar.</summary>
    public bool IsLenient(IPAddress client) => IsIn(Lenient, client);

    private static bool IsIn(IReadOnlyList<IPNetwork> networks, IPAddress client)
    {
        for (int i = 0; i < networks.Count; i++)
        {
            if (networks[i].Contains(client))
            {
                return true;
            }
        }

        return false;
    }
}
