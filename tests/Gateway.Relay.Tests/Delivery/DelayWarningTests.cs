using System.Text;
using Gateway.Relay.Delivery;
using Gateway.Relay.Message;
using Gateway.Relay.Tests.House;
using Gateway.Smtp.Protocol;
using Gateway.Smtp.Server;
using Gateway.TestKit;
using MimeKit;
using Xunit;

namespace Gateway.Relay.Tests.Delivery;

/// <summary>What a sender hears of mail that is late.</summary>
public class DelayWarningTests
{
    private static readonly TimeSpan After = TimeSpan.FromHours(4);

    [Fact]
    public async Task Late_SettingIsOff_NobodyIsTold()
    {
        await using RelayHouse house = await BusyAsync(TimeSpan.Zero);
        MessageId id = await house.QueueAsync();
        await house.DeferredAsync(id);
        await PassAsync(house, 24);
        Assert.Empty(house.Server.Messages);
    }

    [Fact]
    public async Task Late_SenderSaidNothing_IsToldOnceAlsoOverARestart()
    {
        await using RelayHouse house = await BusyAsync(After);
        MessageId id = await house.QueueAsync(RelayHouse.Clean, "b@example.net", "c@example.net");
        await house.DeferredAsync(id);
        await PassAsync(house, 3);
        Assert.Empty(house.Server.Messages);
        await house.PassUntilAsync(() => house.Server.Messages.Count == 1);
        await house.RestartAsync();
        await PassAsync(house, 8);

        ReceivedMessage warning = Assert.Single(house.Server.Messages);
        Assert.Equal((string.Empty, "a@example.org"), (warning.Sender, Assert.Single(warning.Recipients)));
        MimeMessage parsed = MimeMessage.Load(new MemoryStream(warning.Content), RelayHouse.Ct);
        Assert.Equal("Delayed Mail (still being retried)", parsed.Subject);
        MultipartReport report = Assert.IsType<MultipartReport>(parsed.Body);
        Assert.Contains("WARNING ONLY", ((TextPart)report[0]).Text, StringComparison.Ordinal);
        Assert.Contains("450 4.2.1 busy", ((TextPart)report[0]).Text, StringComparison.Ordinal);
        MessageDeliveryStatus status = Assert.IsType<MessageDeliveryStatus>(report[1]);
        Assert.Equal(["rfc822; b@example.net", "rfc822; c@example.net"], status.StatusGroups.Skip(1).Where(g => g.Count > 0).Select(g => g["Final-Recipient"]));
        Assert.Equal("delayed", status.StatusGroups[1]["Action"]);
        Assert.Equal("4.2.1", status.StatusGroups[1]["Status"]);
        Assert.Equal("Sat, 28 Nov 2026 05:00:10 +0000", status.StatusGroups[1]["Will-Retry-Until"]);
        Assert.Equal("text/rfc822-headers", report[2].ContentType.MimeType);
        Assert.Equal(1, house.Logs.Count(70));
        Assert.True(house.Relay.Delivery.Find(id) is { State: RelayState.Deferred or RelayState.Active });
    }

    [Theory]
    [InlineData(DsnNotify.Delay, true)]
    [InlineData(DsnNotify.Failure | DsnNotify.Delay, true)]
    [InlineData(DsnNotify.Failure, false)]
    [InlineData(DsnNotify.Never, false)]
    public async Task Late_SenderAskedForSomething_IsToldWhatItAskedFor(DsnNotify notify, bool isTold)
    {
        await using RelayHouse house = await BusyAsync(After);
        await using (ISmtpReceiver session = house.Session())
        {
            Assert.True(MailPath.TryParse("a@example.org", out MailPath from));
            Assert.True(MailPath.TryParse("b@example.net", out MailPath to));
            await session.MailAsync(from, new MailParameters { Return = DsnReturn.Full });
            await session.RecipientAsync(to, new RecipientParameters(notify, null));
            await session.BeginAsync();
            session.Append(Encoding.ASCII.GetBytes(RelayHouse.Clean));
            await house.DeferredAsync(RelayHouse.IdIn(await session.CommitAsync(new DataEnd(RelayHouse.Clean.Length, -1), RelayHouse.Ct)));
        }

        await PassAsync(house, 12);
        if (isTold)
        {
            await house.PassUntilAsync(() => house.Server.Messages.Count == 1);
            // RET=FULL is for failures.
            Assert.DoesNotContain("Hello.", house.Server.Messages[0].Text, StringComparison.Ordinal);
        }

        Assert.Equal(isTold ? 1 : 0, house.Server.Messages.Count);
    }

    [Fact]
    public async Task Late_NoHostCanBeReached_IsToldWhenOneCan()
    {
        await using RelayHouse house = await BusyAsync(TimeSpan.FromMinutes(10));
        house.Server.StopListening();
        await house.QueueAsync();
        await house.PassUntilAsync(() => house.Logs.Count(70) == 1);
        house.Server.Listen();
        await house.PassUntilAsync(() => house.Server.Messages.Count == 1);
        Assert.Contains("Action: delayed", house.Server.Messages[0].Text, StringComparison.Ordinal);
        Assert.Contains("Status: 4.4.1", house.Server.Messages[0].Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Late_NullSenderOrOnHold_NobodyIsTold()
    {
        await using RelayHouse house = await BusyAsync(After);
        MessageId held = await house.QueueAsync();
        await house.DeferredAsync(held);
        Assert.Equal(1, (await house.Relay.Delivery.OrderAsync(QueueOrder.Hold, new QueueFilter(), "ann", "x", dryRun: false)).Count);
        await house.DeferredAsync(await house.QueueFromAsync(string.Empty));
        await PassAsync(house, 24);
        Assert.Empty(house.Server.Messages);
        Assert.Equal(0, house.Logs.Count(26) + house.Logs.Count(70));
    }

    private static Task<RelayHouse> BusyAsync(TimeSpan after) => RelayHouse.OpenedAsync(house =>
    {
        house.Profile = house.Profile with { DelayWarning = after };
        house.Server.On(SmtpStep.Rcpt, m => m.Sender.Length > 0 || m.Line.Contains("b@example.net", StringComparison.Ordinal) ? SmtpAction.Reply("450 4.2.1 busy") : null);
    });

    private static async Task PassAsync(RelayHouse house, int hours)
    {
        for (int i = 0; i < hours; i++)
        {
            house.Time.Advance(TimeSpan.FromHours(1));
            await Task.Delay(TimeSpan.FromMilliseconds(50), RelayHouse.Ct);
            await Settling.WaitAsync(RelayHouse.Ct);
        }
    }
}
