using System.Net;
using System.Text;
using Gateway.Mime;
using Gateway.Relay.Inspection;
using Gateway.Relay.Tests.House;
using Gateway.Smtp.Server;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Gateway.Relay.Tests.Intake;

public sealed class InspectionWatchTests : IDisposable
{
    private static readonly TimeSpan Overdue = TimeSpan.FromSeconds(40);

    private readonly FakeTimeProvider _time = new();
    private readonly List<int> _told = [];
    private readonly InspectionScheduler _scheduler;

    public InspectionWatchTests()
    {
        _scheduler = new InspectionScheduler(_time, places: 1, new InspectionSettings { MostStuck = 2 });
        _scheduler.Watch.GivenUp = (_, stuck) => _told.Add(stuck);
    }

    [Theory]
    [InlineData(100)]
    [InlineData(InspectionScheduler.HeavyBytes + 1)]
    public async Task Inspection_ThatDoesNotEnd_IsHeldAndBlocksNobody(int size)
    {
        using StuckBytes stuck = new(size);
        Task<InspectionReport?> held = stuck.InspectAsync(_scheduler, 1);
        await stuck.Reached.WaitAsync(TimeSpan.FromSeconds(20), RelayHouse.Ct);
        _time.Advance(TimeSpan.FromSeconds(20));
        Assert.False(held.IsCompleted);
        _time.Advance(Overdue);

        InspectionReport report = Assert.IsType<InspectionReport>(await held);
        Finding finding = Assert.Single(report.Findings);
        Assert.Equal((RuleCode.ParserFault, RuleAction.Quarantine), (finding.Rule, report.Verdict));
        Assert.Contains("time budget", finding.Detail, StringComparison.Ordinal);
        Assert.False(report.Complete);
        Assert.Equal([1], _told);
        Assert.Equal(1, _scheduler.Watch.Stuck);
        Assert.NotNull(await InspectAsync("From: a@example.org\r\n\r\nfine\r\n"));
        Assert.NotNull(await InspectAsync("From: a@example.org\r\n\r\n" + string.Concat(Enumerable.Repeat("fine\r\n", InspectionScheduler.HeavyBytes / 6))));

        stuck.Release();
        await RelayHouse.UntilAsync(() => _scheduler.Watch.Stuck == 0);
    }

    [Fact]
    public async Task Watch_TooManyStuck_TakesNothingUntilTheyEnd()
    {
        using StuckBytes one = new();
        using StuckBytes two = new();
        Task<InspectionReport?>[] held = [one.InspectAsync(_scheduler, 1), two.InspectAsync(_scheduler, 2)];
        await one.Reached;
        await two.Reached;
        _time.Advance(Overdue);
        await Task.WhenAll(held);

        Assert.True(_scheduler.Watch.IsOverwhelmed);
        Assert.Null(await InspectAsync("From: a@example.org\r\n\r\nfine\r\n"));
        one.Release();
        await RelayHouse.UntilAsync(() => !_scheduler.Watch.IsOverwhelmed);
        Assert.NotNull(await InspectAsync("From: a@example.org\r\n\r\nfine\r\n"));
        two.Release();
        await RelayHouse.UntilAsync(() => _scheduler.Watch.Stuck == 0);
    }

    [Fact]
    public async Task Inspection_GivenUp_CountsAsItsClientsTime()
    {
        InspectionClient client = new(ClientKey.Of(IPAddress.Parse("192.0.2.1")), TimeSpan.FromSeconds(10));
        using StuckBytes stuck = new();
        Task<InspectionReport?> held = stuck.InspectAsync(_scheduler, 1, client);
        await stuck.Reached.WaitAsync(TimeSpan.FromSeconds(20), RelayHouse.Ct);
        _time.Advance(Overdue);
        await held;

        Assert.Null(_scheduler.Budget.Wait(client.Key, client.TimeAMinute));
    }

    [Fact]
    public async Task Inspection_WhoseContentFails_ThrowsToItsAwaiter()
    {
        using FailingBytes failing = new();
        await Assert.ThrowsAsync<IOException>(async () =>
            await _scheduler.TryInspectAsync(failing, Facts(new byte[10]), default, default, 1, CancellationToken.None));
        Assert.NotNull(await InspectAsync("From: a@example.org\r\n\r\nfine\r\n"));
    }

    [Fact]
    public async Task Inspections_ManyAtOnce_AllEnd()
    {
        byte[] message = Encoding.ASCII.GetBytes("From: a@example.org\r\nSubject: x\r\n\r\nfine\r\n");
        await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => Task.Run(async () =>
        {
            for (int i = 0; i < 500; i++)
            {
                using MessageBytes content = MessageBytes.FromMemory(message);
                Assert.NotNull(await _scheduler.TryInspectAsync(content, Facts(message), default, default, (UInt128)i, CancellationToken.None));
            }
        })));
        Assert.Equal(0, _scheduler.Watch.Stuck);
    }

    public void Dispose() => _scheduler.Dispose();

    private async Task<InspectionReport?> InspectAsync(string text)
    {
        byte[] octets = Encoding.ASCII.GetBytes(text);
        using MessageBytes content = MessageBytes.FromMemory(octets);
        return await _scheduler.TryInspectAsync(content, Facts(octets), default, default, 99, CancellationToken.None);
    }

    private static WireFacts Facts(byte[] octets)
    {
        WireScanner scanner = new();
        scanner.Append(octets);
        return scanner.Complete();
    }

    private sealed class FailingBytes : MessageBytes
    {
        public override long Length => 10;

        public override int Read(long offset, Span<byte> destination) => throw new IOException("the disk is gone");

        protected override void Dispose(bool disposing)
        {
            // Nothing is quarantined.
        }
    }
}
