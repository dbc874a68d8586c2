using Gateway.Relay.Delivery.Dns;
using Gateway.Relay.Telemetry;
using Gateway.Relay.Tests.Delivery.Dns.Habits;
using Gateway.Relay.Tests.House;
using Gateway.TestKit;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Gateway.Relay.Tests.Delivery.Dns.Peers;

/// <summary>
/// Habits of name servers behind Debian's unbound and BIND: what these make of them must not make mail bounce that has a host, nor go where there is none.
/// </summary>
/// <remarks>Habits of silence are left to <see cref="DnsHabitTests"/>: the patience of real resolvers runs by the real clock.</remarks>
public sealed class RealResolverTests
{
    private const double LongestSilence = 1;

    /// <summary>What the resolver itself believes reaches us as a whole answer, in which there is nothing to doubt.</summary>
    private static readonly (string Program, string Name)[] Believed =
    [
        ("unbound", "EDNS: BADVERS"), ("unbound", "records of another name only"),
        ("unbound", "counts none of its records"), ("named", "counts none of its records"),
        ("unbound", "octets behind \"there is none\""), ("named", "octets behind \"there is none\""),
        // The name does not exist for any type (RFC 8020), when this answer comes in before the question for A goes out.
        ("unbound", "NXDOMAIN for AAAA of a name with A"), ("named", "NXDOMAIN for AAAA of a name with A"),
    ];

    public static TheoryData<string, string> Cases()
    {
        TheoryData<string, string> cases = [];
        foreach (DnsHabit habit in DnsHabits.All.Where(static h => h.Within < LongestSilence))
        {
            cases.Add("unbound", habit.Name);
            cases.Add("named", habit.Name);
        }

        return cases;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Habit_BehindARealResolver_KeepsTheLaw(string program, string name)
    {
        DnsHabit habit = DnsHabits.All.Single(h => h.Name == name);
        await using ScriptedDnsServer server = DnsHabitTests.Server(TimeProvider.System);
        await using RealResolver resolver = await RealResolver.StartAsync(program, server.EndPoint);
        habit.Script(server);
        DnsQuestions questions = DnsQuestions.Open(() => [resolver.EndPoint], TimeSpan.FromSeconds(5), TimeProvider.System);
        MxLookup lookup = new(questions, new GatewayMetrics(new MetricSums()), NullLogger.Instance, TimeProvider.System);
        (MailFate fate, string addresses) = await DnsHabitTests.FateAsync(lookup);
        MailFate believed = Believed.Contains((program, name)) ? MailFate.Bounces : habit.Truth;
        Assert.Contains(fate, (MailFate[])[habit.Truth, MailFate.Waits, believed]);
        Assert.Equal(fate == MailFate.Goes, addresses.Length > 0);
        Assert.NotEmpty(server.Questions);
    }
}
