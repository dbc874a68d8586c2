using System.Collections.Concurrent;
using Gateway.Relay.Delivery;
using Gateway.Relay.Delivery.Routes;
using Gateway.Relay.Message;
using Gateway.Relay.Tests.House;
using Gateway.TestKit;
using Xunit;

namespace Gateway.Relay.Tests.Delivery;

/// <summary>More recipients than a host takes in one transaction: all are served one transaction behind the other, without a wait.</summary>
public class RecipientRoundTests
{
    // The clock stands still in all of these: whoever waits for a retry waits for ever.
    [Theory]
    [InlineData(100, "452 4.5.3 Too many recipients", 1000)]
    [InlineData(20, "552 5.5.3 Too many recipients", 50)]
    [InlineData(20, "552 Too many recipients", 1000)]
    [InlineData(1, "452 Too many recipients", 50)]
    public async Task Host_TakesSomeAtATime_AllAreServedAtOnceOverOneConnection(int most, string reply, int perTransaction)
    {
        const int Count = 300;
        await using RelayHouse house = await OpenAsync(perTransaction);
        Limit(house, most, reply);
        await house.QueueAsync(RelayHouse.Clean, Recipients(Count));
        await house.EmptyAsync();
        Assert.Equal(Recipients(Count).Order(), house.Server.Messages.SelectMany(m => m.Recipients).Order());
        Assert.All(house.Server.Messages, m => Assert.InRange(m.Recipients.Count, 1, Math.Min(most, perTransaction)));
        Assert.Equal((Count + most - 1) / most, house.Server.Messages.Count);
        Assert.Single(house.Server.Messages.Select(m => m.Connection).Distinct());
        // What was too many is asked for once, not in every transaction anew.
        Assert.InRange(house.Server.Moments.Count(m => m.Step == SmtpStep.Rcpt), Count, Count + perTransaction);
        Assert.Equal(Count, house.Logs.All.Count(l => l.Contains("status=sent", StringComparison.Ordinal)));
        Assert.DoesNotContain(house.Logs.All, l => l.Contains("status=deferred", StringComparison.Ordinal) || l.Contains("status=bounced", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Host_TakesAll_GetsFiftyAtATime()
    {
        await using RelayHouse house = await OpenAsync(new RouteTerms().RecipientsPerTransaction);
        await house.QueueAsync(RelayHouse.Clean, Recipients(120));
        await house.EmptyAsync();
        Assert.Equal([50, 50, 20], house.Server.Messages.Select(m => m.Recipients.Count));
    }

    [Fact]
    public async Task Recipients_DeferredAmongThem_WaitForTheOthersAndThenForTheirRetry()
    {
        await using RelayHouse house = await OpenAsync(10);
        ConcurrentDictionary<string, int> asked = new(StringComparer.Ordinal);
        house.Server.On(SmtpStep.Rcpt, m => asked.AddOrUpdate(m.Line, 1, (_, n) => n + 1) == 1 && m.Line.Contains("5@", StringComparison.Ordinal)
            ? SmtpAction.Reply("450 4.2.1 busy")
            : null);
        MessageId id = await house.QueueAsync(RelayHouse.Clean, Recipients(40));
        QueueEntry entry = await house.DeferredAsync(id);
        Assert.Equal((1, "u15@example.net u25@example.net u35@example.net u5@example.net"), (entry.Attempts, string.Join(' ', entry.Recipients.Order(StringComparer.Ordinal))));
        Assert.Equal(36, house.Server.Messages.Sum(m => m.Recipients.Count));
        Assert.All(asked.Values, n => Assert.Equal(1, n));
        await house.EmptyAfterAsync(TimeSpan.FromMinutes(2));
        Assert.Equal(Recipients(40).Order(), house.Server.Messages.SelectMany(m => m.Recipients).Order());
    }

    [Theory]
    [InlineData("452 4.3.1 disk full")]
    [InlineData("452 4.2.2 mailbox full")]
    [InlineData("450 4.5.3 too many")]
    public async Task Reply_OfAnotherMeaning_IsNoSurplus(string reply)
    {
        await using RelayHouse house = await OpenAsync(50);
        house.Server.On(SmtpStep.Rcpt, m => m.Line.Contains("u1@", StringComparison.Ordinal) ? SmtpAction.Reply(reply) : null);
        MessageId id = await house.QueueAsync(RelayHouse.Clean, Recipients(3));
        await RelayHouse.UntilAsync(() => house.Relay.Delivery.Find(id) is { Recipients: ["u1@example.net"] });
        Assert.Single(house.Server.Messages);
    }

    [Fact]
    public async Task Mailbox_IsFull552_Bounces()
    {
        await using RelayHouse house = await OpenAsync(50);
        house.Server.On(SmtpStep.Rcpt, m => m.Line.Contains("u1@", StringComparison.Ordinal) ? SmtpAction.Reply("552 5.2.2 mailbox full") : null);
        await house.QueueAsync(RelayHouse.Clean, Recipients(3));
        await house.EmptyAsync();
        Assert.Equal(2, house.Server.Messages.Count);
        Assert.Contains(house.Server.Messages, m => m.Text.Contains("Status: 5.2.2", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Content_IsDeferred_EndsTheRound()
    {
        await using RelayHouse house = await OpenAsync(10);
        house.Server.Once(SmtpStep.FinalDot, SmtpAction.Reply("451 4.7.1 come again"));
        MessageId id = await house.QueueAsync(RelayHouse.Clean, Recipients(30));
        QueueEntry entry = await house.DeferredAsync(id);
        Assert.Equal(30, entry.Recipients.Count);
        Assert.Equal(1, house.Server.Moments.Count(m => m.Step == SmtpStep.FinalDot));
        await house.EmptyAfterAsync(TimeSpan.FromMinutes(2));
        Assert.Equal([10, 10, 10], house.Server.Messages.Select(m => m.Recipients.Count));
    }

    [Fact]
    public async Task Restart_InTheMiddle_ServesNobodyTwice()
    {
        await using RelayHouse house = await OpenAsync(10);
        house.Server.On(SmtpStep.Rcpt, m => m.Line.Contains("u25@", StringComparison.Ordinal) ? SmtpAction.Hang : null);
        await house.QueueAsync(RelayHouse.Clean, Recipients(40));
        await RelayHouse.UntilAsync(() => house.Server.Messages.Count == 2 && house.Server.Moments.Any(m => m.Line.Contains("u25@", StringComparison.Ordinal)));
        house.Server.ClearRules();
        await house.RestartAsync();
        await house.EmptyAsync();
        Assert.Equal(Recipients(40).Order(), house.Server.Messages.SelectMany(m => m.Recipients).Order());
    }

    private static Task<RelayHouse> OpenAsync(int perTransaction) => RelayHouse.OpenedAsync(
        h => h.Routes(RelayHouse.RouteTo("default", h.Server) with { Terms = new RouteTerms { RecipientsPerTransaction = perTransaction } }));

    private static string[] Recipients(int count) => [.. Enumerable.Range(0, count).Select(i => $"u{i}@example.net")];

    private static void Limit(RelayHouse house, int most, string reply)
    {
        ConcurrentDictionary<int, int> accepted = new();
        house.Server.On(SmtpStep.Mail, m =>
        {
            accepted[m.Connection] = 0;
            return null;
        });
        house.Server.On(SmtpStep.Rcpt, m => accepted.AddOrUpdate(m.Connection, 1, (_, n) => n + 1) > most ? SmtpAction.Reply(reply) : null);
    }
}
