using Gateway.Smtp.Client;
using Gateway.TestKit;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Gateway.Smtp.Tests.Client;

/// <summary>The catalogue of outcomes is closed: every member can happen, and the conclusions from it are complete.</summary>
public class CatalogueTests
{
    [Theory]
    [MemberData(nameof(Outcomes))]
    public async Task DeliveryOutcome_EveryMember_CanBeProduced(DeliveryOutcome outcome)
    {
        await using ScriptedSmtpServer server = new() { Capabilities = ["PIPELINING", "SIZE 100"] };
        FakeTimeProvider time = new();
        DownstreamHost host = ClientTesting.HostOf(server);
        OutboundMessage message = ClientTesting.Message();
        using CancellationTokenSource stop = new();
        switch (outcome)
        {
            case DeliveryOutcome.Delivered:
                break;
            case DeliveryOutcome.Deferred:
                server.On(SmtpStep.FinalDot, SmtpAction.Reply("451 4.3.0 later"));
                break;
            case DeliveryOutcome.Refused:
                server.On(SmtpStep.FinalDot, SmtpAction.Reply("550 5.7.1 never"));
                break;
            case DeliveryOutcome.NameNotFound:
                host = new DownstreamHost("no-such-host.invalid", 25);
                break;
            case DeliveryOutcome.ConnectFailed:
                server.StopListening();
                break;
            case DeliveryOutcome.TimedOut:
                server.On(SmtpStep.FinalDot, SmtpAction.Hang);
                break;
            case DeliveryOutcome.Disconnected:
                server.On(SmtpStep.FinalDot, SmtpAction.Drop);
                break;
            case DeliveryOutcome.ProtocolError:
                server.On(SmtpStep.FinalDot, SmtpAction.Reply("thanks"));
                break;
            case DeliveryOutcome.TlsFailed:
                host = host with { Access = new DownstreamAccess { Tls = DownstreamTls.Required } };
                break;
            case DeliveryOutcome.AuthFailed:
                host = host with { Access = new DownstreamAccess { Tls = DownstreamTls.None, User = "joe", PasswordFile = "/dev/null" } };
                break;
            case DeliveryOutcome.CapabilityMissing:
                message = message with { EightBit = true };
                break;
            case DeliveryOutcome.TooLarge:
                message = ClientTesting.Message(new string('x', 200));
                break;
            case DeliveryOutcome.ContentUnavailable:
                message = message with { BodyLength = 99 };
                break;
            case DeliveryOutcome.Interrupted:
                server.On(SmtpStep.FinalDot, _ =>
                {
                    stop.Cancel();
                    return SmtpAction.Hang;
                });
                break;
            default:
                Assert.Fail($"{outcome} has no test.");
                break;
        }

        await using DownstreamPool pool = new(new DownstreamOptions { ConnectTimeout = TimeSpan.FromDays(1) }, time);
        Task<DeliveryReport> sending = pool.SendAsync(host, message, stop.Token);
        DeliveryReport report = outcome == DeliveryOutcome.TimedOut
            ? await time.AdvanceUntilAsync(sending, TimeSpan.FromMinutes(1))
            : await sending;

        RecipientOutcome recipient = Assert.Single(report.Recipients);
        Assert.Equal(outcome, recipient.Outcome);
        Assert.Equal(outcome == DeliveryOutcome.Delivered ? 2 : outcome.IsPermanent() ? 5 : 4, recipient.Status.Class);
        Assert.Equal(recipient.Status.Class == 4, outcome.IsTransient());
        Assert.False(outcome.BlamesHost() && outcome.IsPermanent());
    }

    public static TheoryData<DeliveryOutcome> Outcomes() => [.. Enum.GetValues<DeliveryOutcome>()];
}
