using Gateway.Relay.Delivery;
using Gateway.Relay.Delivery.Lanes;
using Gateway.Relay.Delivery.Routes;
using Gateway.Relay.Message;
using Gateway.Relay.Tests.House;
using Gateway.Smtp.Client;
using Gateway.TestKit;
using Xunit;

namespace Gateway.Relay.Tests.Delivery;

/// <summary>The outcomes that are not a plain reply: each leads to a retry, to the line, or to a bounce.</summary>
public class OutcomeTests
{
    private static CancellationToken Ct => RelayHouse.Ct;

    [Fact]
    public async Task ProtocolError_BehindTheContent_WaitsOnItsOwnSchedule()
    {
        await using RelayHouse house = await RelayHouse.OpenedAsync();
        house.Server.Once(SmtpStep.FinalDot, SmtpAction.Reply("what is this?"));
        MessageId id = await house.QueueAsync();
        Assert.NotNull((await house.DeferredAsync(id)).Due);
        await house.EmptyAfterAsync(TimeSpan.FromSeconds(37));
        Assert.Single(house.Server.Messages);
    }

    [Fact]
    public async Task TimedOut_BeforeTheContent_TheLineWaits()
    {
        await using RelayHouse house = new() { DataTimeout = TimeSpan.FromMinutes(2) };
        await house.OpenAsync();
        house.Server.On(SmtpStep.Data, SmtpAction.Hang);
        MessageId id = await house.QueueAsync();
        await house.Server.WaitForStepAsync(SmtpStep.Data, Ct);
        await house.PassUntilAsync(() => house.Relay.Delivery.Find(id) is { State: RelayState.Deferred, Attempts: 0, Due: null });
        house.Server.ClearRules();
        await house.EmptyAfterAsync(TimeSpan.FromSeconds(40));
        Assert.Single(house.Server.Messages);
    }

    [Theory]
    [InlineData("PIPELINING", "5.6.3")]
    [InlineData("8BITMIME\nSIZE 100", "5.3.4")]
    public async Task HostCannotTakeTheMessage_IsReturned(string capabilities, string status)
    {
        await using RelayHouse house = await RelayHouse.OpenedAsync(h => h.Profile = h.Profile with { Rules = Policies.AllowAll });
        house.Routes(RelayHouse.RouteTo("default", house.Server) with { Terms = new RouteTerms { EightBit = EightBitHandling.Require } });
        house.Server.Capabilities = capabilities.Split('\n');
        await house.QueueAsync(RelayHouse.Clean.Replace("Hello", "H\u00e9llo", StringComparison.Ordinal));
        await RelayHouse.UntilAsync(() => house.Logs.Count(25) == 1);
        Assert.Contains(house.Logs.All, l => l.Contains($"dsn={status}, status=bounced", StringComparison.Ordinal));
    }

    [Fact]
    public async Task NameNotFound_TheLineWaits()
    {
        await using RelayHouse house = await RelayHouse.OpenedAsync(h => h.Routes(new Route("default", [new DownstreamHost($"{new string('a', 64)}.invalid", 25)])));
        MessageId id = await house.QueueAsync();
        QueueEntry entry = await house.DeferredAsync(id);
        Assert.Null(entry.Due);
        await RelayHouse.UntilAsync(() => house.Logs.Count(23) == 1);
    }

    [Fact]
    public async Task StumblingHost_CountsAsDownAfterAWhileAndTheLineWaits()
    {
        await using RelayHouse house = new() { Lanes = new LaneLimits { Clean = 1 } };
        await house.OpenAsync();
        house.Server.On(SmtpStep.FinalDot, SmtpAction.Drop);
        for (int i = 0; i < 5; i++)
        {
            await house.QueueAsync();
        }

        await RelayHouse.UntilAsync(() => house.Relay.Delivery.Totals().Deferred == 5 && house.Logs.Count(23) == 1);
        Assert.Equal(2, house.Relay.Delivery.List(10).Count(e => e.Attempts > 0));
        house.Server.ClearRules();
        house.Time.Advance(TimeSpan.FromSeconds(3));
        await RelayHouse.UntilAsync(() => house.Relay.Delivery.Count <= 2);
        await house.EmptyAfterAsync(TimeSpan.FromSeconds(40));
        Assert.Equal(5, house.Server.Messages.Count);
    }

    [Fact]
    public async Task BodyGoneFromDisk_IsTriedAgainAndReturnedWhenItIsTooOld()
    {
        await using RelayHouse house = await RelayHouse.OpenedAsync(h => h.Profile = h.Profile with
        {
            MemoryBytes = 10,
            Retry = new RetrySchedule { Lifetime = TimeSpan.FromMinutes(5) },
        });
        house.Server.Once(SmtpStep.Rcpt, SmtpAction.Reply("451 4.7.1 later"));
        MessageId id = await house.QueueAsync();
        await house.DeferredAsync(id);
        File.Delete(Assert.Single(Directory.GetFiles(Path.Combine(house.SpoolFolder, "large"))));
        house.Time.Advance(TimeSpan.FromSeconds(37));
        await RelayHouse.UntilAsync(() => house.Relay.Delivery.Find(id) is { Attempts: 2 });
        Assert.Contains(house.Logs.Errors, l => l.Contains("delivery fault", StringComparison.Ordinal));
        await house.PassUntilAsync(() => house.Relay.Delivery.Count == 0);
        ReceivedMessage bounce = Assert.Single(house.Server.Messages);
        Assert.Equal(["a@example.org"], bounce.Recipients);
        Assert.Contains("4.4.7", bounce.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task NoRouteAfterARestart_MailWaitsAndIsListed()
    {
        await using RelayHouse house = await RelayHouse.OpenedAsync();
        house.Server.StopListening();
        MessageId id = await house.QueueAsync();
        await house.CloseAsync();
        RelayProfile before = house.Profile;
        house.Routes(null);
        await house.OpenAsync();
        Assert.Equal("(no route)", (await house.DeferredAsync(id)).Route);
        house.Time.Advance(TimeSpan.FromMinutes(5));
        Assert.Equal(1, house.Relay.Delivery.Count);

        house.Profile = before;
        house.Server.Listen();
        await house.RestartAsync();
        await house.EmptyAsync();
        Assert.Single(house.Server.Messages);
    }

    [Fact]
    public async Task LongLine_EnvelopesAreReadBack_AndEverythingArrivesOnce()
    {
        await using RelayHouse house = await RelayHouse.OpenedAsync();
        house.Server.KeepTranscript = false;
        house.Server.StopListening();
        await Task.WhenAll(Enumerable.Range(0, 8).Select(async _ =>
        {
            for (int i = 0; i < 300; i++)
            {
                await house.QueueAsync();
            }
        }));
        house.Server.Listen();
        await house.EmptyAfterAsync(TimeSpan.FromSeconds(61));
        Assert.Equal(2400, house.Server.Messages.Select(m => m.Text).Distinct(StringComparer.Ordinal).Count());
        Assert.Equal(2400, house.Server.Messages.Count);
        Assert.Empty(house.Logs.Errors);
    }
}
