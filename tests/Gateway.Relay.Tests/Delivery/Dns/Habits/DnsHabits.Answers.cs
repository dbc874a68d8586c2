using Gateway.TestKit;
using static Gateway.Relay.Tests.Delivery.Dns.Habits.MailFate;
using static Gateway.TestKit.DnsWire;

namespace Gateway.Relay.Tests.Delivery.Dns.Habits;

/// <summary>The table of servers' habits: ways in which they answer.</summary>
internal static partial class DnsHabits
{
    private static IReadOnlyList<DnsHabit> Echoes =>
    [
        new("answers another question", Goes, Waits, Silence, Habit(static (_, a) => Changed(a, 13, static o => (byte)(o + 1)))),
        new("answers another type", Goes, Waits, Silence, Habit(static (q, a) => Changed(a, 12 + q.Question.Length - 3, static _ => 16))),
        new("wrong number", Goes, Waits, Silence, Habit(static (_, a) => Changed(a, 0, static o => (byte)(o ^ 0x55)))),
        new("wrong number first, then the right one", Goes, Goes, AtOnce,
            static s => s.InFront = static a => Changed(a, 0, static o => (byte)(o ^ 0x55))),
        new("a forged bounce first, with another question", Goes, Goes, AtOnce,
            static s => s.InFront = static a => Changed(Changed(a, 3, static _ => 0x83), 13, static o => (byte)(o + 1))),
        new("five octets first", Goes, Goes, AtOnce, static s => s.InFront = static a => a[..5]),
        new("from another port", Goes, Waits, Silence, static s => s.AnswersFromElsewhere = true),
        new("no response but a question", Goes, Waits, Silence, Habit(static (_, a) => Changed(a, 2, static _ => 1))),
        new("NOERROR without the question", Goes, Waits, Silence, Habit(static (q, _) => HeaderOnly(q, 0))),
        new("NXDOMAIN without the question", Goes, Waits, Silence, Habit(static (q, _) => HeaderOnly(q, NxDomain))),
        new("repeats the question in capitals", Goes, Goes, AtOnce,
            Habit(static (q, a) => [.. a[..12], .. Capitals(q.Question), .. a[(12 + q.Question.Length)..]])),
        new("names its records in capitals", Goes, Goes, AtOnce,
            Habit(static (q, a) => q.Type == Mx ? Reply(q, [Record(Name("A.TEST"), Mx, 60, MxData(10, "MX.A.Test"))]) : a)),
    ];

    private static IReadOnlyList<DnsHabit> Names =>
    [
        new("the host is an alias", Goes, Goes, AtOnce, static s => Chain(s, Host, 1)),
        new("the host is an alias over eight names", Goes, Goes, AtOnce, static s => Chain(s, Host, 8)),
        new("the host is its own alias", Goes, Waits, AtOnce, static s => s.Alias(Host, Host)),
        new("the host is an alias in a loop of three", Goes, Waits, AtOnce, static s => Loop(s, Host)),
        new("the domain is an alias in a loop of three", Goes, Waits, AtOnce, static s => Loop(s, Domain)),
        new("the domain is an alias of one with MX", Goes, Goes, AtOnce, static s =>
        {
            s.Alias(Domain, "b.test");
            s.Mx("b.test", (10, Host));
        }),
        new("one alias in each answer, the rest when asked", Goes, Goes, AtOnce, static s =>
        {
            Chain(s, Host, 4);
            s.Habit = static (q, a) => a[7] > 1 ? Changed(Changed(FirstRecord(q, a), 7, static _ => 1), 9, static _ => 0) : a;
        }),
        new("the domain is an alias of a name that does not exist", Bounces, Bounces, AtOnce, static s => s.Alias(Domain, "nowhere.test")),
        new("the domain is an alias of a name without records", Bounces, Bounces, AtOnce, static s =>
        {
            s.Alias(Domain, "bare.test");
            s.Address("bare.test");
            s.NegativeTimeToLive = 60;
        }),
        new("the domain is an alias of the root", Bounces, Bounces, AtOnce,
            Habit(static (q, a) => q.Name == Domain ? Reply(q, [Record(q.Question[..^4], Cname, 60, [0])], NxDomain) : a)),
        new("NXDOMAIN with the zone", Bounces, Bounces, AtOnce, Habit(static (q, _) => Reply(q, [], NxDomain, [Zone("test", 60, 60)]))),
        new("NXDOMAIN and nothing else", Bounces, Bounces, AtOnce, Code(NxDomain)),
        new("NXDOMAIN with the records", Goes, Goes, AtOnce, Habit(static (_, a) => Changed(a, 3, static o => (byte)(o | NxDomain)))),
        new("no MX, addresses of the domain", Goes, Goes, AtOnce, static s =>
        {
            s.Mx(Domain);
            s.Address(Domain, V4, V6);
        }),
        new("neither MX nor address", Bounces, Bounces, AtOnce, static s => s.Mx(Domain)),
        new("one family only", Goes, Goes, AtOnce, static s => s.Address(Host, V6)) { Addresses = V6, IsWhole = true },
        new("null MX", Bounces, Bounces, AtOnce, static s => s.Mx(Domain, (0, "."))),
        new("null MX beside a host", Goes, Goes, AtOnce, static s => s.Mx(Domain, (0, "."), (10, Host))),
        new("an address for a host", Bounces, Bounces, AtOnce, static s => s.Mx(Domain, (10, V4))),
        new("a hundred hosts", Goes, Goes, AtOnce,
            static s => s.Mx(Domain, [.. Enumerable.Range(0, 100).Select(static i => (i, i == 0 ? Host : $"mx{i}.a.test"))])),
    ];

    private static IReadOnlyList<DnsHabit> Messages =>
    [
        new("a name that points at itself", Goes, Waits, AtOnce,
            MailHost(static q => Record([0xC0, (byte)(12 + q.Question.Length)], Mx, 60, MxData(10, Host)))),
        new("a name that points forward", Goes, Waits, AtOnce, MailHost(static _ => Record([0xC0, 0xF0], Mx, 60, MxData(10, Host)))),
        new("a host that points into a circle", Goes, Waits, AtOnce,
            MailHost(static q => Record([0xC0, 12], Mx, 60, [0, 10, 1, (byte)'m', 0xC0, (byte)(12 + q.Question.Length + 14)]))),
        new("counts more records than there are", Goes, Waits, AtOnce, Habit(static (_, a) => Changed(a, 7, static _ => 9))),
        new("counts 65,535 records", Goes, Waits, AtOnce,
            Habit(static (_, a) => Changed(Changed(a, 6, static _ => 255), 7, static _ => 255))),
        new("counts none of its records", Goes, Waits, AtOnce, Habit(static (_, a) => Changed(a, 7, static _ => 0))),
        new("counts one record of two", Goes, Goes, AtOnce,
            Habit(static (q, a) => q.Type == Mx ? Changed(Reply(q, Twice(q)), 7, static _ => 1) : a)),
        new("counts two questions", Goes, Waits, Silence, Habit(static (q, a) => [.. a[..5], 2, .. a[6..12], .. q.Question, .. a[12..]])),
        new("a label of 64", Goes, Waits, AtOnce, MailHost(static _ => Record([0xC0, 12], Mx, 60, [0, 10, 64, .. new byte[64], 0]))),
        new("a name of 256", Goes, Waits, AtOnce,
            MailHost(static _ => Record([0xC0, 12], Mx, 60, [0, 10, .. Enumerable.Repeat((byte[])[63, .. new byte[63]], 4).SelectMany(static l => l), 0]))),
        new("octets behind", Goes, Goes, AtOnce, Habit(static (_, a) => [.. a, 0, 1, 2, 3])),
        new("octets behind \"there is none\"", Goes, Waits, AtOnce, Habit(static (q, _) => [.. Reply(q, [], NxDomain), 0])),
        new("unknown records between", Goes, Goes, AtOnce, Habit(static (q, a) => Between(q, a, Record([0xC0, 12], 65280, 60, [1, 2, 3])))),
        new("records of another name between", Goes, Goes, AtOnce,
            Habit(static (q, a) => Between(q, a, Record(Name("evil.test"), q.Type, 60, q.Type switch { Mx => MxData(1, "evil.test"), A => [203, 0, 113, 9], _ => new byte[16] })))),
        new("records of another name only", Goes, Waits, AtOnce,
            MailHost(static _ => Record(Name("evil.test"), Mx, 60, MxData(10, "evil.test")))),
        new("records of another class only", Goes, Waits, AtOnce,
            MailHost(static _ => Changed(Record([0xC0, 12], Mx, 60, MxData(10, Host)), 5, static _ => 3))),
    ];

    private static IReadOnlyList<DnsHabit> Data =>
    [
        new("data shorter than it says", Goes, Waits, AtOnce, MailHost(static _ => Record([0xC0, 12], Mx, 60, MxData(10, Host), 40))),
        new("data longer than it says", Goes, Waits, AtOnce, MailHost(static _ => Record([0xC0, 12], Mx, 60, MxData(10, Host), 3))),
        new("no data", Goes, Waits, AtOnce, MailHost(static _ => Record([0xC0, 12], Mx, 60, []))),
        new("an A of three octets", Goes, Goes, AtOnce,
            Habit(static (q, a) => q.Type == A ? Reply(q, [Record([0xC0, 12], A, 60, [192, 0, 2])]) : a)) { Addresses = V6 },
        new("an A of 16 octets", Goes, Goes, AtOnce,
            Habit(static (q, a) => q.Type == A ? Reply(q, [Record([0xC0, 12], A, 60, new byte[16])]) : a)) { Addresses = V6 },
        new("a life of zero", Goes, Goes, AtOnce, static s => s.TimeToLive = 0),
        new("the longest life", Goes, Goes, AtOnce, static s => s.TimeToLive = int.MaxValue),
        new("a life with its top bit set", Goes, Goes, AtOnce, static s => s.TimeToLive = uint.MaxValue),
        new("a host's name with a full stop within a label", Bounces, Bounces, AtOnce,
            MailHost(static _ => Record([0xC0, 12], Mx, 60, [0, 10, 4, (byte)'a', (byte)'.', (byte)'b', 0, 0]))),
        new("a host's name with a line end, beside a right one", Goes, Goes, AtOnce,
            Habit(static (q, a) => q.Type == Mx ? Between(q, a, Record([0xC0, 12], Mx, 60, [0, 5, 2, 13, 10, 0])) : a)),
    ];

    private static Action<ScriptedDnsServer> MailHost(Func<DnsAsked, byte[]> record) => Habit((q, a) => q.Type == Mx ? Reply(q, [record(q)]) : a);

    private static byte[] Changed(byte[] octets, int at, Func<byte, byte> change) => [.. octets[..at], change(octets[at]), .. octets[(at + 1)..]];

    private static byte[] Capitals(byte[] question) =>
        [.. question[..^4].Select(static o => o is >= (byte)'a' and <= (byte)'z' ? (byte)(o - 32) : o), .. question[^4..]];

    private static byte[] Between(DnsAsked asked, byte[] answer, byte[] record)
    {
        int end = 12 + asked.Question.Length;
        return [.. answer[..7], (byte)(answer[7] + 1), .. answer[8..end], .. record, .. answer[end..]];
    }

    // The alias of the name itself: it is the first record, with a compressed owner.
    private static byte[] FirstRecord(DnsAsked asked, byte[] answer)
    {
        int at = 12 + asked.Question.Length;
        return answer[..(at + 12 + answer[at + 11])];
    }

    private static byte[][] Twice(DnsAsked asked) =>
        [Record(asked.Question[..^4], Mx, 60, MxData(10, Host)), Record(asked.Question[..^4], Mx, 60, MxData(20, "mx2.a.test"))];

    private static void Chain(ScriptedDnsServer server, string name, int aliases)
    {
        for (int i = 1; i <= aliases; i++)
        {
            server.Alias(i == 1 ? name : $"c{i - 1}.test", $"c{i}.test");
        }

        server.Address($"c{aliases}.test", V4, V6);
    }

    private static void Loop(ScriptedDnsServer server, string name)
    {
        server.Alias(name, "one.test");
        server.Alias("one.test", "two.test");
        server.Alias("two.test", name);
    }
}
