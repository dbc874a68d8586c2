using System.Globalization;
using System.Net;
using Gateway.Relay.Policy;
using Gateway.Relay.Tests.House;
using Gateway.Smtp.Server;
using Gateway.TestKit;
using Xunit;

namespace Gateway.Relay.Tests.Trunk;

/// <summary>Limits of the relay as a client meets them: its reply, the metric, the note in the log.</summary>
public sealed class LimitWiringTests : IDisposable
{
    private readonly LogLines _log = new();
    private readonly MetricSums _metrics = new();
    private readonly FailingDisk _disk = new();

    [Fact]
    public async Task Inspection_ClientOverItsBudget_Is451ThenTheSessionEndsWith421()
    {
        TimeSpan aMinute = TimeSpan.FromSeconds(30);
        await using RelayRig rig = await RelayRig.StartAsync(
            change: p => p with { InspectionTime = aMinute, ExemptClients = new NetworkList([]) }, logs: _log, meters: _metrics);
        rig.Relay.Inspection.Budget.Take(ClientKey.Of(IPAddress.Loopback), aMinute * 3, aMinute);
        await using ScriptedSmtpClient client = await rig.GreetAsync();
        await using ScriptedSmtpClient bystander = await rig.GreetAsync();

        Assert.Equal(
            "451 4.7.1 Too much costly mail from your network, try again later",
            await client.DeliverAsync("a@back.test", ["b@there.test"], RelayHouse.Clean, RelayRig.Stop));
        Assert.Equal(
            "421 4.7.0 Too much costly mail from your network, closing connection",
            await client.DeliverAsync("a@back.test", ["b@there.test"], RelayHouse.Clean, RelayRig.Stop));
        Assert.True(await client.IsClosedByServerAsync(RelayRig.Stop));
        Assert.Equal("250 2.0.0 Ok", await bystander.SayAsync("NOOP", RelayRig.Stop));

        string line = await DisconnectAsync();
        Assert.Contains("data=0/2 ", line, StringComparison.Ordinal);
        Assert.EndsWith("end=Refused notes=inspection_time", line, StringComparison.Ordinal);
        Assert.Equal(1, _metrics["gateway.sessions.rejected|inspection_time"]);
        Assert.Equal(2, _metrics["gateway.messages.received|failed"]);
        Assert.Equal(0, rig.Relay.Delivery.Count);
        Assert.Empty(rig.Downstream.Messages);
    }

    [Fact]
    public async Task Inspection_ClientOfAnExemptNetwork_HasNoBudget()
    {
        TimeSpan aMinute = TimeSpan.FromSeconds(30);
        await using RelayRig rig = await RelayRig.StartAsync(change: p => p with { InspectionTime = aMinute });
        rig.Relay.Inspection.Budget.Take(ClientKey.Of(IPAddress.Loopback), aMinute * 3, aMinute);
        await using ScriptedSmtpClient client = await rig.GreetAsync();
        Assert.StartsWith("250", await client.DeliverAsync("a@back.test", ["b@there.test"], RelayHouse.Clean, RelayRig.Stop), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Disk_DeclaredSizeDoesNotFit_Is452BeforeTheMessageIsSent()
    {
        _disk.Free = 2_000_000;
        await using RelayRig rig = await RelayRig.StartAsync(
            logs: _log, meters: _metrics, settings: s => s with { MinimumFreeBytes = 1_000_000, SegmentBytes = 1024 * 1024, Disk = _disk });
        await using ScriptedSmtpClient client = await rig.GreetAsync();

        Assert.Equal("452 4.3.1 Insufficient system storage", await client.SayAsync("MAIL FROM:<a@back.test> SIZE=1000001", RelayRig.Stop));
        Assert.Equal("503 5.5.1 Error: need MAIL command", await client.SayAsync("RCPT TO:<b@there.test>", RelayRig.Stop));
        Assert.Equal("250 2.1.0 Ok", await client.SayAsync("MAIL FROM:<a@back.test> SIZE=1000000", RelayRig.Stop));
        await client.SayAsync("QUIT", RelayRig.Stop);

        Assert.EndsWith("end=Quit notes=no_storage", await DisconnectAsync(), StringComparison.Ordinal);
        Assert.Equal(1, _metrics["gateway.sessions.rejected|no_storage"]);
    }

    [Fact]
    public async Task Disk_BelowTheMinimum_Is452ToMailAndTheSessionStays()
    {
        _disk.Free = 100;
        await using RelayRig rig = await RelayRig.StartAsync(
            logs: _log, meters: _metrics, settings: s => s with { MinimumFreeBytes = 1_000_000, SegmentBytes = 1024 * 1024, Disk = _disk });
        await using ScriptedSmtpClient client = await rig.GreetAsync();
        Assert.Equal("452 4.3.1 Insufficient system storage", await client.SayAsync("MAIL FROM:<a@back.test>", RelayRig.Stop));
        Assert.Equal("452 4.3.1 Insufficient system storage", await client.SayAsync("MAIL FROM:<a@back.test>", RelayRig.Stop));
        await client.SayAsync("QUIT", RelayRig.Stop);
        Assert.EndsWith("end=Quit notes=no_storage", await DisconnectAsync(), StringComparison.Ordinal);
        Assert.Equal(1, _metrics["gateway.sessions.rejected|no_storage"]);
    }

    [Fact]
    public async Task Spool_CannotWrite_Is421InPlaceOfTheGreeting()
    {
        await using RelayRig rig = await RelayRig.StartAsync(
            logs: _log, meters: _metrics, settings: s => s with { SegmentBytes = 1024 * 1024, Disk = _disk });
        await using ScriptedSmtpClient early = await rig.GreetAsync();
        _disk.WriteError = FailingDisk.InputOutput;
        _disk.CreateError = FailingDisk.InputOutput;
        // The spool has a prepared segment to go on with, so one failure does not make it sick.
        while (rig.Relay.UnavailableReason is null)
        {
            Assert.StartsWith("451 4.3.0", await early.DeliverAsync("a@back.test", ["b@there.test"], RelayHouse.Clean, RelayRig.Stop), StringComparison.Ordinal);
            await Task.Delay(20, RelayRig.Stop);
        }

        await using ScriptedSmtpClient late = await ScriptedSmtpClient.ConnectAsync(rig.EndPoint, RelayRig.Stop);
        Assert.StartsWith("421 4.3.2", await late.ReadReplyAsync(RelayRig.Stop), StringComparison.Ordinal);
        Assert.True(await late.IsClosedByServerAsync(RelayRig.Stop));
        Assert.EndsWith("end=Refused notes=unavailable", await DisconnectAsync(), StringComparison.Ordinal);
        Assert.Equal(1, _metrics["gateway.sessions.rejected|unavailable"]);
    }

    [Fact]
    public async Task Memory_IsScarce_ClientWaitsAndItsMailIsTaken()
    {
        await using RelayRig rig = await RelayRig.StartAsync(logs: _log, meters: _metrics, settings: s => s with { MessageMemory = 100 });
        await using ScriptedSmtpClient client = await rig.GreetAsync();
        Assert.StartsWith("250", await client.DeliverAsync("a@back.test", ["b@there.test"], RelayHouse.Clean, RelayRig.Stop), StringComparison.Ordinal);
        await client.SayAsync("QUIT", RelayRig.Stop);
        Assert.EndsWith("end=Quit notes=message_memory", await DisconnectAsync(), StringComparison.Ordinal);
        Assert.Equal(0, _metrics["gateway.sessions.rejected|message_memory"]);
    }

    [Fact]
    public async Task Header_OverItsLimit_IsHeldWithANote()
    {
        await using RelayRig rig = await RelayRig.StartAsync(logs: _log, meters: _metrics);
        await using ScriptedSmtpClient client = await rig.GreetAsync();
        string fields = string.Concat(Enumerable.Range(0, 1200).Select(i => string.Create(CultureInfo.InvariantCulture, $"X-{i}: x\r\n")));
        Assert.StartsWith("250", await client.DeliverAsync("a@back.test", ["b@there.test"], fields + RelayHouse.Clean, RelayRig.Stop), StringComparison.Ordinal);
        await client.SayAsync("QUIT", RelayRig.Stop);
        Assert.EndsWith("notes=header_too_large", await DisconnectAsync(), StringComparison.Ordinal);
        Assert.Equal(1, _metrics["gateway.sessions.rejected|header_too_large"]);
        Assert.Equal(1, _metrics["gateway.findings|header-count-exceeded|quarantine"]);
    }

    [Theory]
    [InlineData("NOOP ..............................................................................................................", "500 5.5.2", "line_too_long")]
    [InlineData("MAIL FROM:<a@b.test> SIZE=2001", "552 5.3.4", "too_large")]
    public async Task Command_OverALimit_HasANoteAndIsCounted(string command, string reply, string note)
    {
        SmtpServerProfile server = new() { HostName = "gate.test", Limits = new SessionLimits { CommandLineBytes = 100, MessageBytes = 2000 } };
        await using RelayRig rig = await RelayRig.StartAsync(server, logs: _log, meters: _metrics);
        await using ScriptedSmtpClient client = await rig.GreetAsync();
        Assert.StartsWith(reply, await client.SayAsync(command, RelayRig.Stop), StringComparison.Ordinal);
        await client.SayAsync("QUIT", RelayRig.Stop);
        Assert.EndsWith($"notes={note}", await DisconnectAsync(), StringComparison.Ordinal);
        Assert.Equal(1, _metrics[$"gateway.sessions.rejected|{note}"]);
    }

    [Fact]
    public async Task Drain_BetweenTwoChunks_Is421AndNothingIsSpooled()
    {
        SmtpServerProfile server = new() { HostName = "gate.test", Limits = new SessionLimits { DrainTimeout = TimeSpan.FromMilliseconds(100) } };
        await using RelayRig rig = await RelayRig.StartAsync(server, logs: _log, meters: _metrics);
        await using ScriptedSmtpClient client = await rig.GreetAsync();
        await RelayRig.SayAllAsync(client, "MAIL FROM:<a@back.test>", "RCPT TO:<b@there.test>");
        // A whole message by its looks, without LAST.
        await client.SendAsync($"BDAT {RelayHouse.Clean.Length}\r\n{RelayHouse.Clean}", RelayRig.Stop);
        Assert.StartsWith("250", await client.ReadReplyAsync(RelayRig.Stop), StringComparison.Ordinal);
        Task stopped = rig.StopListeningAsync();

        Assert.Equal("421 4.3.2 Service shutting down, closing connection", await client.ReadReplyAsync(RelayRig.Stop));
        Assert.True(await client.IsClosedByServerAsync(RelayRig.Stop));
        await stopped;
        Assert.EndsWith("end=ShuttingDown notes=none", await DisconnectAsync(), StringComparison.Ordinal);
        Assert.Equal(0, rig.Relay.Delivery.Count);
        Assert.Equal(0, _metrics["gateway.messages.received|accepted"]);
        Assert.Equal(0, _metrics["gateway.commit.batch"]);
    }

    public void Dispose()
    {
        _log.Dispose();
        _metrics.Dispose();
    }

    private async Task<string> DisconnectAsync()
    {
        await RelayHouse.UntilAsync(() => _log.All.Any(l => l.StartsWith("disconnect", StringComparison.Ordinal)));
        return _log.All.First(l => l.StartsWith("disconnect", StringComparison.Ordinal));
    }
}
