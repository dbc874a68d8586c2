using Gateway.TestKit;
using static Gateway.Relay.Tests.Delivery.Dns.Habits.MailFate;
using static Gateway.TestKit.DnsWire;

namespace Gateway.Relay.Tests.Delivery.Dns.Habits;

/// <summary>The table of servers' habits: ways in which they do not answer.</summary>
internal static partial class DnsHabits
{
    /// <summary>The mail domain.</summary>
    public const string Domain = "a.test";

    /// <summary>Its mail host.</summary>
    public const string Host = "mx.a.test";

    /// <summary>An address of the host.</summary>
    public const string V4 = "192.0.2.1";

    /// <summary>The other one.</summary>
    public const string V6 = "2001:db8::1";

    private const int ServFail = 2;
    private const int NxDomain = 3;

    /// <summary>All of them.</summary>
    public static IReadOnlyList<DnsHabit> All { get; } = [.. Transport, .. Refusals, .. Options, .. Echoes, .. Names, .. Messages, .. Data];

    // A question takes 15 s at most: 2 s, 2 s, then what is left of it up to 5 s.
    private const double Silence = 9.2;
    private const double AtOnce = 0.3;
    private const double Moment = 2.3;

    private static IReadOnlyList<DnsHabit> Transport =>
    [
        new("right", Goes, Goes, AtOnce, static _ => { }),
        new("truncated, whole over TCP", Goes, Goes, AtOnce, Habit(static (q, a) => q.ByTcp ? a : Reply(q, [], flags: Truncated))),
        new("truncated with half of the records, whole over TCP", Goes, Goes, AtOnce,
            Habit(static (q, a) => q.ByTcp ? a : WithFlags(a, Truncated))),
        new("truncated in the middle of a record, whole over TCP", Goes, Goes, AtOnce,
            Habit(static (q, a) => q.ByTcp ? a : WithFlags(a, Truncated)[..^3])),
        new("cut off without saying so, whole over TCP", Goes, Goes, AtOnce, Habit(static (q, a) => q.ByTcp ? a : a[..^3])),
        new("truncated, TCP in pieces of one octet", Goes, Goes, AtOnce, ByTcpOnly(DnsTcpHabit.Trickles)),
        new("truncated, TCP closes", Goes, Waits, AtOnce, ByTcpOnly(DnsTcpHabit.Closes)),
        new("truncated, TCP breaks off", Goes, Waits, AtOnce, ByTcpOnly(DnsTcpHabit.Breaks)),
        new("truncated, TCP silent", Goes, Waits, Silence, ByTcpOnly(DnsTcpHabit.Silent)),
        new("truncated over TCP too", Goes, Waits, AtOnce, Habit(static (_, a) => WithFlags(a, Truncated))),
        new("silent", Goes, Waits, Silence, Habit(static (_, _) => null)),
        new("silent for MX", Goes, Waits, Silence, Habit(static (q, a) => q.Type == Mx ? null : a)),
        new("silent for AAAA", Goes, Goes, Silence + Moment, Habit(static (q, a) => q.Type == Aaaa ? null : a)) { Addresses = V4 },
        new("silent for A", Goes, Goes, Silence + Moment, Habit(static (q, a) => q.Type == A ? null : a)) { Addresses = V6 },
        new("silent for addresses", Goes, Waits, Silence + Moment, Habit(static (q, a) => q.Type == Mx ? a : null)),
        new("a second late", Goes, Goes, 2 * 1.2, static s => s.Delay = TimeSpan.FromSeconds(1)),
        new("four seconds late", Goes, Goes, 2 * 8.4, static s => s.Delay = TimeSpan.FromSeconds(4)),
        new("twenty seconds late", Goes, Waits, Silence, static s => s.Delay = TimeSpan.FromSeconds(20)),
    ];

    private static IReadOnlyList<DnsHabit> Refusals =>
    [
        new("SERVFAIL", Goes, Waits, AtOnce, Code(ServFail)),
        new("REFUSED", Goes, Waits, AtOnce, Code(5)),
        new("FORMERR", Goes, Waits, AtOnce, Code(1)),
        new("NOTIMP", Goes, Waits, AtOnce, Code(4)),
        new("a code that nobody knows", Goes, Waits, AtOnce, Code(11)),
        new("SERVFAIL for A", Goes, Goes, AtOnce, Habit(static (q, a) => q.Type == A ? Reply(q, [], ServFail) : a)) { Addresses = V6 },
        new("SERVFAIL for AAAA", Goes, Goes, AtOnce,
            Habit(static (q, a) => q.Type == Aaaa ? Reply(q, [], ServFail) : a)) { Addresses = V4 },
        new("NOTIMP for AAAA", Goes, Goes, AtOnce, Habit(static (q, a) => q.Type == Aaaa ? Reply(q, [], 4) : a)) { Addresses = V4 },
        new("NXDOMAIN for AAAA of a name with A", Goes, Goes, AtOnce,
            Habit(static (q, a) => q.Type == Aaaa ? Reply(q, [], NxDomain) : a)) { Addresses = V4, IsWhole = true },
        new("SERVFAIL for MX", Goes, Waits, AtOnce, Habit(static (q, a) => q.Type == Mx ? Reply(q, [], ServFail) : a)),
        new("lame: names other servers", Goes, Waits, AtOnce,
            Habit(static (q, _) => Reply(q, [], authorities: [Record(Name("test"), Ns, 60, Name("ns.test"))], flags: 0))),
    ];

    private static IReadOnlyList<DnsHabit> Options =>
    [
        new("EDNS: FORMERR", Goes, Goes, AtOnce, Habit(static (q, a) => q.WithOptions ? Reply(q, [], 1) : a)),
        new("EDNS: FORMERR without the question", Goes, Goes, AtOnce, Habit(static (q, a) => q.WithOptions ? HeaderOnly(q, 1) : a)),
        new("EDNS: NOTIMP", Goes, Goes, AtOnce, Habit(static (q, a) => q.WithOptions ? Reply(q, [], 4) : a)),
        new("EDNS: BADVERS", Goes, Goes, AtOnce, Habit(static (q, a) => q.WithOptions ? BadVersion(q) : a)),
        new("EDNS: SERVFAIL", Goes, Goes, AtOnce, Habit(static (q, a) => q.WithOptions ? Reply(q, [], ServFail) : a)),
        // The host's addresses are asked for without EDNS at once.
        new("EDNS: silence", Goes, Goes, Moment, Habit(static (q, a) => q.WithOptions ? null : a)),
        new("EDNS: answered with an OPT record", Goes, Goes, AtOnce, Habit(static (_, a) => WithOption(a, 0))),
    ];

    private static Action<ScriptedDnsServer> Habit(Func<DnsAsked, byte[], byte[]?> habit) => server => server.Habit = habit;

    private static Action<ScriptedDnsServer> Code(int code) => Habit((q, _) => Reply(q, [], code));

    private static Action<ScriptedDnsServer> ByTcpOnly(DnsTcpHabit habit) => server =>
    {
        server.Habit = static (q, a) => q.ByTcp ? a : Reply(q, [], flags: Truncated);
        server.Tcp = habit;
    };

    private static byte[] WithFlags(byte[] answer, int flags) => [.. answer[..2], (byte)(answer[2] | (flags >> 8)), .. answer[3..]];

    private static byte[] HeaderOnly(DnsAsked asked, int code) => [.. asked.Octets[..2], 0x81, (byte)(0x80 | code), 0, 0, 0, 0, 0, 0, 0, 0];

    private static byte[] BadVersion(DnsAsked asked) => WithOption(Reply(asked, []), 1);

    private static byte[] WithOption(byte[] answer, byte upperCode) => [.. answer[..11], 1, .. answer[12..], 0, 0, 41, 4, 208, upperCode, 0, 0, 0, 0, 0];
}
