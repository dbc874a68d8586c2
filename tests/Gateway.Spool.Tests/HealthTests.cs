using Gateway.TestKit;

namespace Gateway.Spool.Tests;

/// <summary>What callers see while the disk fails, hangs or fills, and how the spool gets well again.</summary>
public sealed class HealthTests
{
    private static CancellationToken Cancellation => SpoolHarness.Cancellation;

    [Fact]
    public async Task FlushFails_Once_RetiresTheSegmentAndStaysHealthy()
    {
        FaultyDisk disk = new();
        await using SpoolHarness harness = await OpenQuietAsync(disk);
        await harness.CommitAsync(1);
        string first = harness.SegmentFiles[0];
        bool failed = false;
        disk.PlanFlush(() => !failed && (failed = true) ? DiskFault.InputOutput : null);

        SpoolUnavailableException e = await Assert.ThrowsAsync<SpoolUnavailableException>(() => harness.CommitAsync(2));

        Assert.Equal(SpoolUnavailableReason.WriteFailed, e.Reason);
        Assert.True(harness.Spool.Health.IsHealthy);
        Assert.Contains(Path.GetFileName(first), Assert.Single(harness.Events.Retired), StringComparison.Ordinal);
        await harness.CommitAsync(2);
        Assert.Equal([1, 2], harness.LiveIds());
        harness.AssertHas(1);
        await harness.ReopenAsync();
        Assert.Equal([1, 2], harness.LiveIds());
        Assert.Empty(harness.Spool.Recovery.Damage);
    }

    [Fact]
    public async Task FlushFails_Twice_LatchesUntilAProbeSucceeds()
    {
        FaultyDisk disk = new();
        await using SpoolHarness harness = await OpenQuietAsync(disk);
        await harness.CommitAsync(1);
        harness.Spool.Complete(new SpoolId(1));
        disk.PlanFlush(() => DiskFault.InputOutput);
        await Assert.ThrowsAsync<SpoolUnavailableException>(() => harness.CommitAsync(2));
        await Assert.ThrowsAsync<SpoolUnavailableException>(() => harness.CommitAsync(2));
        Assert.Equal(SpoolUnavailableReason.WriteFailed, harness.Spool.Health.Reason);
        Assert.Contains("in a row", harness.Spool.Health.Detail, StringComparison.Ordinal);
        await Assert.ThrowsAsync<SpoolUnavailableException>(() => harness.CommitAsync(2));

        harness.Time.Advance(TimeSpan.FromSeconds(6));
        await Assert.ThrowsAsync<SpoolUnavailableException>(async () => await harness.Spool.FlushAsync(Cancellation));
        Assert.False(harness.Spool.Health.IsHealthy);

        disk.PlanFlush(() => null);
        harness.Time.Advance(TimeSpan.FromSeconds(6));
        await harness.Spool.FlushAsync(Cancellation);
        Assert.True(harness.Spool.Health.IsHealthy);
        await harness.CommitAsync(2);
        await harness.ReopenAsync();
        Assert.Equal([2], harness.LiveIds());
        Assert.Equal([SpoolUnavailableReason.WriteFailed, SpoolUnavailableReason.None, SpoolUnavailableReason.Closed], harness.Events.Healths.Select(h => h.Reason));
    }

    [Fact]
    public async Task FlushFails_RecordThatReachedTheDisk_IsNotDeliveredTwice()
    {
        FaultyDisk disk = new();
        await using SpoolHarness harness = await OpenQuietAsync(disk);
        bool failed = false;
        disk.PlanFlush(() => !failed && (failed = true) ? DiskFault.InputOutput : null);
        await Assert.ThrowsAsync<SpoolUnavailableException>(() => harness.CommitAsync(1));

        // The bytes of 1 are in the file all the same; the next segment says that they do not count.
        await harness.CommitAsync(2);
        await harness.CrashAsync();
        Assert.Equal([2], harness.LiveIds());
    }

    [Fact]
    public async Task DiskFull_BelowTheThreshold_RefusesMailButTakesUpdatesAndRecovers()
    {
        FaultyDisk disk = new();
        SpoolHarness harness = new(disk);
        harness.Options.MinimumFreeBytes = 1000;
        await using (harness)
        {
            await harness.ReopenAsync();
            await harness.CommitAsync(1);
            disk.Free = 999;
            await TickAsync(harness);
            SpoolUnavailableException e = await Assert.ThrowsAsync<SpoolUnavailableException>(() => harness.CommitAsync(2));
            Assert.Equal(SpoolUnavailableReason.DiskFull, e.Reason);
            await harness.Spool.UpdateAsync(new SpoolId(1), "deferred"u8.ToArray(), Cancellation);

            disk.Free = 1100;
            await TickAsync(harness);
            Assert.Equal(SpoolUnavailableReason.DiskFull, harness.Spool.Health.Reason);

            disk.Free = 1250;
            await TickAsync(harness);
            await harness.CommitAsync(2);
        }
    }

    [Fact]
    public async Task DiskFull_AtOpen_RefusesFromTheStart()
    {
        FaultyDisk disk = new() { Free = 10 };
        SpoolHarness harness = new(disk);
        harness.Options.MinimumFreeBytes = 1000;
        await using (harness)
        {
            await harness.ReopenAsync();
            Assert.Equal(SpoolUnavailableReason.DiskFull, harness.Spool.Health.Reason);
        }
    }

    [Fact]
    public async Task NoSpace_OnWrite_IsDiskFullUntilAProbeSucceeds()
    {
        FaultyDisk disk = new();
        await using SpoolHarness harness = await OpenQuietAsync(disk);
        disk.Plan(_ => DiskFault.NoSpace);
        SpoolUnavailableException e = await Assert.ThrowsAsync<SpoolUnavailableException>(() => harness.CommitAsync(1));
        Assert.Equal(SpoolUnavailableReason.DiskFull, e.Reason);
        Assert.Equal(SpoolUnavailableReason.DiskFull, harness.Spool.Health.Reason);
        disk.Plan(_ => null);
        harness.Time.Advance(TimeSpan.FromSeconds(6));
        await harness.Spool.FlushAsync(Cancellation);
        await harness.CommitAsync(1);
    }

    [Fact]
    public async Task FlushHangs_BeyondTheTimeout_LetsWaitersGoAndCancelsWhatBecomesDurable()
    {
        FaultyDisk disk = new();
        await using SpoolHarness harness = await OpenQuietAsync(disk);
        disk.FlushGate.Reset();
        Task written = harness.CommitAsync(1);
        await disk.FlushReached.WaitAsync(Cancellation);
        Task waiting = harness.CommitAsync(2);

        harness.Time.Advance(harness.Options.CommitTimeout + TimeSpan.FromSeconds(2));

        await Assert.ThrowsAsync<SpoolDeadlineException>(() => written);
        await Assert.ThrowsAsync<SpoolDeadlineException>(() => waiting);
        Assert.Equal(SpoolUnavailableReason.Stalled, harness.Spool.Health.Reason);
        await Assert.ThrowsAsync<SpoolUnavailableException>(() => harness.CommitAsync(3));

        disk.FlushGate.Set();
        await harness.Spool.FlushAsync(Cancellation);
        harness.Time.Advance(TimeSpan.FromSeconds(1));
        await harness.Spool.FlushAsync(Cancellation);
        Assert.True(harness.Spool.Health.IsHealthy);
        Assert.Empty(harness.LiveIds());
        await harness.CommitAsync(1);
        await harness.CrashAsync();
        Assert.Equal([1], harness.LiveIds());
    }

    [Fact]
    public async Task Cancelled_WhileQueued_IsNeverWritten()
    {
        FaultyDisk disk = new();
        await using SpoolHarness harness = await OpenQuietAsync(disk);
        disk.FlushGate.Reset();
        Task first = harness.CommitAsync(1);
        await disk.FlushReached.WaitAsync(Cancellation);
        using CancellationTokenSource cancel = new();
        Task second = harness.Spool.CommitAsync(new SpoolId(2), default, SpoolHarness.Bytes(10, 1), cancel.Token).AsTask();
        await cancel.CancelAsync();
        OperationCanceledException e = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => second);
        Assert.Equal(cancel.Token, e.CancellationToken);
        disk.FlushGate.Set();
        await first;
        await harness.Spool.FlushAsync(Cancellation);
        Assert.Equal(1, harness.Spool.Stats.Messages);
        Assert.Equal([1], harness.LiveIds());
    }

    [Fact]
    public async Task Cancelled_WhileFlushing_IsCancelledInTheLog()
    {
        FaultyDisk disk = new();
        await using SpoolHarness harness = await OpenQuietAsync(disk);
        disk.FlushGate.Reset();
        using CancellationTokenSource cancel = new();
        Task commit = harness.Spool.CommitAsync(new SpoolId(1), default, SpoolHarness.Bytes(10, 1), cancel.Token).AsTask();
        await disk.FlushReached.WaitAsync(Cancellation);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => commit);
        disk.FlushGate.Set();
        await harness.Spool.FlushAsync(Cancellation);
        await harness.Spool.FlushAsync(Cancellation);
        Assert.Empty(harness.LiveIds());
        await harness.CrashAsync();
        Assert.Empty(harness.LiveIds());
    }

    [Fact]
    public async Task Cancelled_Before_ThrowsAndWritesNothing()
    {
        await using SpoolHarness harness = await SpoolHarness.OpenAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            async () => await harness.Spool.CommitAsync(new SpoolId(1), default, SpoolHarness.Bytes(10, 1), new CancellationToken(canceled: true)));
        await harness.Spool.FlushAsync(Cancellation);
        Assert.Equal(0, harness.Spool.Stats.Messages);
    }

    [Fact]
    public async Task Commits_FromManyThreadsWithCompletionsAndCancellations_EndAsTheyWereTold()
    {
        await using SpoolHarness harness = await SpoolHarness.OpenAsync(segmentBytes: 1024 * 1024);
        System.Collections.Concurrent.ConcurrentDictionary<ulong, bool> acknowledged = new();
        await Task.WhenAll(Enumerable.Range(0, 16).Select(worker => Task.Run(
            async () =>
            {
                Random random = new(worker);
                for (int i = 0; i < 250; i++)
                {
                    ulong id = (ulong)((worker * 1000) + i + 1);
                    using CancellationTokenSource cancel = new();
                    try
                    {
                        ValueTask commit = harness.Spool.CommitAsync(new SpoolId(id), SpoolHarness.Header(id), SpoolHarness.Bytes(500 + (i * 10), (int)id), cancel.Token);
                        if (random.Next(8) == 0)
                        {
                            await cancel.CancelAsync();
                        }

                        await commit;
                        acknowledged[id] = true;
                        if (random.Next(2) == 0)
                        {
                            acknowledged.TryRemove(id, out _);
                            Assert.True(harness.Spool.Complete(new SpoolId(id)));
                        }
                    }
                    catch (OperationCanceledException)
                    {
                    }
                }
            },
            Cancellation)));

        await harness.CrashAsync();
        Assert.Equal(acknowledged.Keys.Order(), harness.LiveIds().Order());
        foreach (ulong id in acknowledged.Keys)
        {
            harness.AssertHas(id, 500 + ((int)((id - 1) % 1000) * 10));
        }
    }

    /// <summary>Opens a spool and waits until its housekeeping is done, so that only commits meet the faults to come.</summary>
    private static async Task<SpoolHarness> OpenQuietAsync(FaultyDisk disk)
    {
        SpoolHarness harness = await SpoolHarness.OpenAsync(disk);
        await harness.Spool.FlushAsync(Cancellation);
        disk.FlushReached.Wait(0, Cancellation);
        while (disk.FlushReached.CurrentCount > 0)
        {
            await disk.FlushReached.WaitAsync(Cancellation);
        }

        return harness;
    }

    private static async Task TickAsync(SpoolHarness harness)
    {
        harness.Time.Advance(TimeSpan.FromSeconds(1));
        await harness.Spool.FlushAsync(Cancellation);
    }
}
