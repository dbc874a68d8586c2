using System.Globalization;
using Gateway.Relay.Intake;
using Gateway.Relay.Message;
using Gateway.Relay.Quarantine;
using Gateway.Relay.Tests.House;
using Gateway.Smtp.Server;
using Gateway.TestKit;
using Xunit;

namespace Gateway.Relay.Tests.Trunk;

/// <summary>Which sessions leave a flight record, and where.</summary>
public sealed class SessionRecordTests : IDisposable
{
    private const int RecordEvent = 11;
    private const int DisconnectEvent = 2;
    private readonly LogLines _log = new();

    [Fact]
    public async Task HeldMail_HasTheLinesOfItsSession()
    {
        await using RelayRig rig = await RelayRig.StartAsync(logs: _log);
        await using ScriptedSmtpClient client = await rig.GreetAsync();
        await client.SayAsync("PASS secret", RelayRig.Stop);
        string? reply = await client.DeliverAsync("a@example.org", ["b@example.net"], RelayHouse.Malformed, RelayRig.Stop);
        Assert.StartsWith("250", reply, StringComparison.Ordinal);
        await client.SayAsync("QUIT", RelayRig.Stop);

        QuarantineEntry entry = await QuarantinedAsync(rig, reply!.Split(' ')[^1]);
        Assert.Equal(
            [
                "client MAIL FROM:<a@example.org>", "server 250 2.1.0 Ok", "client RCPT TO:<b@example.net>", "server 250 2.1.5 Ok", "client DATA",
                "server 354 End data with <CR><LF>.<CR><LF>", $"client DATA {RelayHouse.Malformed.Length} octets",
            ],
            entry.Session.Select(l => $"{l.From} {l.Text}"));
        Assert.Equal(
            ["server 220 gate.test ESMTP", "client EHLO client.test", "client PASS ***", "server 500 5.5.2 Error: command not recognized", "client MAIL FROM:<a@example.org>"],
            (await rig.Relay.Quarantine.Store.SessionAsync(entry.Id, RelayRig.Stop))
                .Where(l => !l.Text.StartsWith("250-", StringComparison.Ordinal)).Take(5).Select(l => $"{l.From} {l.Text}"));
        Assert.Equal(entry.Session.Select(l => l.Microseconds).Order(), entry.Session.Select(l => l.Microseconds));

        // A session that ends well leaves nothing in the log, quarantined mail or not.
        await RelayHouse.UntilAsync(() => _log.Count(DisconnectEvent) == 1);
        Assert.Equal(0, _log.Count(RecordEvent));
    }

    [Fact]
    public void HeldMail_RestartBeforeItIsAdmitted_StillHasTheLines()
    {
        QuarantineReason reason = new()
        {
            WorstRule = "nul-byte",
            Findings = [],
            Session = [new QuarantineSessionLine(12, "client", "EHLO \\x1b"), new QuarantineSessionLine(15, "server", "250 ok")],
        };
        Envelope envelope = new() { Id = "068b1g4M0Z0c", ReceivedAt = DateTimeOffset.UnixEpoch, Sender = "", Recipients = ["b@example.net"], Quarantine = reason };
        Assert.Equal(reason.Session, QuarantineEntry.Of(Envelope.FromBytes(envelope.ToBytes())).Session);
    }

    [Fact]
    public async Task BadEnd_IsWrittenAsOneBoundedLine()
    {
        await using RelayRig rig = await RelayRig.StartAsync(
            new SmtpServerProfile { HostName = "gate.test", Limits = new SessionLimits { Errors = 100 } }, logs: _log);
        await using ScriptedSmtpClient client = await rig.GreetAsync();
        for (int i = 0; i < 100; i++)
        {
            await client.SayAsync(string.Create(CultureInfo.InvariantCulture, $"BOO {i} | forged \u001b[31m"), RelayRig.Stop);
        }

        await RelayHouse.UntilAsync(() => _log.Count(RecordEvent) == 1);
        string line = _log.All.Single(l => l.StartsWith("session record", StringComparison.Ordinal));
        Assert.StartsWith("session record client=[127.0.0.1] end=TooManyErrors session=", line, StringComparison.Ordinal);
        Assert.EndsWith(" S: 421 4.7.0 Error: too many errors, closing connection", line, StringComparison.Ordinal);
        Assert.Contains("C: BOO 99 \\x7c forged \\x1b[31m", line, StringComparison.Ordinal);
        Assert.DoesNotContain("BOO 1 ", line, StringComparison.Ordinal);
        Assert.InRange(line.Length, SessionClosing.LongestRecord - 200, SessionClosing.LongestRecord + 100);
        Assert.DoesNotContain(line, c => c < ' ');
    }

    [Fact]
    public async Task BadEnd_OfAClientThatSaidNothing_LeavesNoRecord()
    {
        await using RelayRig rig = await RelayRig.StartAsync(
            new SmtpServerProfile { HostName = "gate.test", Limits = new SessionLimits { Connections = 0 } }, logs: _log);
        await using ScriptedSmtpClient client = await ScriptedSmtpClient.ConnectAsync(rig.EndPoint, RelayRig.Stop);
        Assert.StartsWith("421", await client.ReadReplyAsync(RelayRig.Stop), StringComparison.Ordinal);
        await RelayHouse.UntilAsync(() => _log.Count(DisconnectEvent) == 1);
        Assert.Contains("end=Refused", _log.All.Single(l => l.StartsWith("disconnect", StringComparison.Ordinal)), StringComparison.Ordinal);
        Assert.Equal(0, _log.Count(RecordEvent));
    }

    [Fact]
    public async Task BadEnds_InACrowd_AreDroppedBeyondTheRate()
    {
        await using RelayRig rig = await RelayRig.StartAsync(
            new SmtpServerProfile { HostName = "gate.test", Limits = new SessionLimits { Errors = 1 } }, logs: _log);
        int crowd = SessionClosing.Rate.Count + 20;
        for (int i = 0; i < crowd; i++)
        {
            await using ScriptedSmtpClient client = await rig.GreetAsync();
            await client.SayAsync("BOO", RelayRig.Stop);
        }

        await RelayHouse.UntilAsync(() => _log.Count(DisconnectEvent) == crowd);
        // A second brings back one.
        Assert.InRange(_log.Count(RecordEvent), SessionClosing.Rate.Count, crowd - 5);
    }

    public void Dispose() => _log.Dispose();

    private static async Task<QuarantineEntry> QuarantinedAsync(RelayRig rig, string id)
    {
        while (true)
        {
            if (await rig.Relay.Quarantine.Store.FindAsync(id, RelayRig.Stop) is QuarantineEntry entry)
            {
                return entry;
            }

            await Task.Delay(5, RelayRig.Stop);
        }
    }
}
