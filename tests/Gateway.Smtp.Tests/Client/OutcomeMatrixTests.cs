using Gateway.Smtp.Client;
using Gateway.TestKit;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Gateway.Smtp.Tests.Client;

/// <summary>Every step of a transaction, every way a host can behave at it, with and without pipelining.</summary>
public class OutcomeMatrixTests
{
    private static readonly (SmtpStep Step, DeliveryStep Reached)[] Steps =
    [
        (SmtpStep.Mail, DeliveryStep.Mail),
        (SmtpStep.Rcpt, DeliveryStep.Recipient),
        (SmtpStep.Data, DeliveryStep.Data),
        (SmtpStep.FinalDot, DeliveryStep.FinalDot),
    ];

    private static readonly (string Name, SmtpAction Action, DeliveryOutcome Outcome, bool Reusable)[] Behaviours =
    [
        ("4xx", SmtpAction.Reply("451 4.3.0 later"), DeliveryOutcome.Deferred, true),
        ("5xx", SmtpAction.Reply("550 5.7.1 never"), DeliveryOutcome.Refused, true),
        ("421", SmtpAction.Reply("421 4.3.2 closing").Then(SmtpAction.Drop), DeliveryOutcome.Deferred, false),
        ("hang", SmtpAction.Hang, DeliveryOutcome.TimedOut, false),
        ("drop", SmtpAction.Drop, DeliveryOutcome.Disconnected, false),
        ("reset", SmtpAction.Reset, DeliveryOutcome.Disconnected, false),
        ("half a reply", SmtpAction.Raw("250-2.0"u8.ToArray()).Then(SmtpAction.Drop), DeliveryOutcome.Disconnected, false),
        ("garbage", SmtpAction.Reply("SSH-2.0-OpenSSH_9.2"), DeliveryOutcome.ProtocolError, false),
        ("endless line", SmtpAction.Raw([.. "550 "u8, .. new byte[70_000]]), DeliveryOutcome.ProtocolError, false),
    ];

    public static TheoryData<string, SmtpStep, bool> Cases()
    {
        TheoryData<string, SmtpStep, bool> cases = [];
        foreach ((string name, _, _, _) in Behaviours)
        {
            foreach ((SmtpStep step, _) in Steps)
            {
                cases.Add(name, step, true);
                cases.Add(name, step, false);
            }
        }

        return cases;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task SendAsync_HostBehavesAtStep_ReportsOutcomeAndStep(string name, SmtpStep at, bool pipelining)
    {
        (_, SmtpAction action, DeliveryOutcome outcome, bool reusable) = Behaviours.Single(b => b.Name == name);
        DeliveryStep reached = Steps.Single(s => s.Step == at).Reached;
        await using ScriptedSmtpServer server = new();
        server.Capabilities = pipelining ? server.Capabilities : ClientTesting.NoPipelining;
        server.RefusePipelining = !pipelining;
        server.Once(at, action);
        FakeTimeProvider time = new();
        await using DownstreamConnection connection = await ClientTesting.ConnectAsync(server, time: time);

        Task<DeliveryReport> sending = connection.SendAsync(ClientTesting.Message(), ClientTesting.Stop);
        DeliveryReport report = name == "hang" ? await time.AdvanceUntilAsync(sending, TimeSpan.FromMinutes(1)) : await sending;

        RecipientOutcome recipient = Assert.Single(report.Recipients);
        Assert.Equal(outcome, recipient.Outcome);
        Assert.Equal(reached, report.Reached);
        Assert.Equal(outcome is DeliveryOutcome.Deferred or DeliveryOutcome.Refused, recipient.Reply is not null);
        Assert.Equal(at == SmtpStep.FinalDot && recipient.Reply is null, report.MayHaveArrived);
        Assert.Equal(reusable, connection.CanReuse);
        Assert.False(report.SessionFailed);
        Assert.Empty(server.Messages);
        if (reusable)
        {
            DeliveryReport next = await connection.SendAsync(ClientTesting.Message(), ClientTesting.Stop);
            Assert.Equal(DeliveryOutcome.Delivered, next.Recipients[0].Outcome);
            Assert.Equal(at != SmtpStep.FinalDot, server.Moments.Any(m => m.Step == SmtpStep.Rset));
            Assert.Single(server.Messages);
        }
    }

    [Theory]
    [InlineData(SmtpStep.Mail)]
    [InlineData(SmtpStep.Rcpt)]
    [InlineData(SmtpStep.Data)]
    [InlineData(SmtpStep.FinalDot)]
    public async Task SendAsync_ReplyThatDoesNotFitTheStep_IsProtocolError(SmtpStep at)
    {
        await using ScriptedSmtpServer server = new();
        server.Once(at, SmtpAction.Reply(at == SmtpStep.Data ? "250 what" : "354 go on"));
        await using DownstreamConnection connection = await ClientTesting.ConnectAsync(server);

        DeliveryReport report = await connection.SendAsync(ClientTesting.Message(), ClientTesting.Stop);

        Assert.Equal(DeliveryOutcome.ProtocolError, Assert.Single(report.Recipients).Outcome);
        Assert.False(connection.CanReuse);
        Assert.Empty(server.Messages);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task SendAsync_RsetRefused_IsTheSessionsAndTheConnectionIsClosed(bool pipelining)
    {
        await using ScriptedSmtpServer server = new();
        server.Capabilities = pipelining ? server.Capabilities : ClientTesting.NoPipelining;
        server.Once(SmtpStep.Rcpt, SmtpAction.Reply("550 5.1.1 no"));
        server.Once(SmtpStep.Rset, SmtpAction.Reply("450 4.3.0 not now"));
        await using DownstreamConnection connection = await ClientTesting.ConnectAsync(server);

        await connection.SendAsync(ClientTesting.Message(), ClientTesting.Stop);
        DeliveryReport report = await connection.SendAsync(ClientTesting.Message(), ClientTesting.Stop);

        Assert.Equal(DeliveryOutcome.Deferred, report.Recipients[0].Outcome);
        Assert.Equal("450 4.3.0 not now", report.Recipients[0].Reply?.ToString());
        Assert.Equal(DeliveryStep.Reset, report.Reached);
        Assert.True(report.SessionFailed);
        Assert.False(connection.CanReuse);
    }
}
