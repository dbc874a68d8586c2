namespace Gateway.Spool.Tests;

/// <summary>When a segment may go, and that nothing comes back to life because one went.</summary>
public sealed class ReclaimTests
{
    private static CancellationToken Cancellation => SpoolHarness.Cancellation;

    [Fact]
    public async Task Segments_AllCompleted_AreRecycledOrRemoved()
    {
        await using SpoolHarness harness = await SpoolHarness.OpenAsync();
        for (ulong id = 1; id <= 400; id++)
        {
            await harness.CommitAsync(id, 4000);
            harness.Spool.Complete(new SpoolId(id));
        }

        await harness.Spool.FlushAsync(Cancellation);
        Assert.InRange(harness.SegmentFiles.Length, 1, 3);
        Assert.InRange(Directory.GetFiles(harness.LogDirectory, "spare-*").Length, 1, 4);
        await harness.ReopenAsync();
        Assert.Empty(harness.LiveIds());
    }

    [Fact]
    public async Task Recycled_File_ShowsNothingOfItsFormerLife()
    {
        await using SpoolHarness harness = await SpoolHarness.OpenAsync();
        for (ulong id = 1; id <= 200; id++)
        {
            await harness.CommitAsync(id, 4000);
            harness.Spool.Complete(new SpoolId(id));
        }

        await harness.CommitAsync(1000, 100);
        await harness.ReopenAsync();
        Assert.Equal([1000], harness.LiveIds());
        Assert.Equal(0, harness.Spool.Recovery.Torn);
        Assert.Empty(harness.Spool.Recovery.Damage);
    }

    [Fact]
    public async Task DoneInALaterSegment_WhoseOwnMailIsGone_StillCounts()
    {
        await using SpoolHarness harness = await SpoolHarness.OpenAsync();
        await harness.CommitAsync(1);
        await harness.CommitAsync(2);
        await FillSegmentAsync(harness, 100);
        harness.Spool.Complete(new SpoolId(1));
        await FillSegmentAsync(harness, 200);
        await FillSegmentAsync(harness, 300);
        await harness.Spool.FlushAsync(Cancellation);

        // 2 keeps the first segment; the Done of 1 stands in the second, which nothing else needs.
        await harness.ReopenAsync();
        Assert.Equal([2], harness.LiveIds());
        await harness.ReopenAsync();
        Assert.Equal([2], harness.LiveIds());
    }

    [Fact]
    public async Task Evacuation_OfAFewLeftBehind_FreesTheirSegments()
    {
        await using SpoolHarness harness = await SpoolHarness.OpenAsync();
        await harness.CommitAsync(1);
        await harness.Spool.UpdateAsync(new SpoolId(1), "deferred"u8.ToArray(), Cancellation);
        await harness.CommitAsync(2);
        await FillSegmentAsync(harness, 100);
        harness.Spool.Complete(new SpoolId(2));
        await FillSegmentAsync(harness, 200);
        await FillSegmentAsync(harness, 300);
        string[] before = harness.SegmentFiles;

        await EvacuateAsync(harness);

        string[] after = harness.SegmentFiles;
        Assert.DoesNotContain(before[0], after);
        Assert.DoesNotContain(before[1], after);
        Assert.Equal([1], harness.LiveIds());
        harness.AssertHas(1);
        await harness.ReopenAsync();
        Assert.Equal([1], harness.LiveIds());
        harness.AssertHas(1);
        Assert.Equal("deferred"u8.ToArray(), harness.Spool.Find(new SpoolId(1))!.State.ToArray());
    }

    [Fact]
    public async Task Evacuation_ThenCompletion_StaysCompleted()
    {
        await using SpoolHarness harness = await SpoolHarness.OpenAsync();
        await harness.CommitAsync(1);
        await FillSegmentAsync(harness, 100);
        await EvacuateAsync(harness);
        harness.Spool.Complete(new SpoolId(1));
        await harness.ReopenAsync();
        Assert.Empty(harness.LiveIds());
    }

    [Fact]
    public async Task Body_Open_KeepsItsBytesWhenItsSegmentIsDone()
    {
        await using SpoolHarness harness = await SpoolHarness.OpenAsync();
        await harness.CommitAsync(1);
        using (SpoolBody body = harness.Spool.OpenBody(new SpoolId(1)))
        {
            harness.Spool.Complete(new SpoolId(1));
            for (ulong id = 100; id < 300; id++)
            {
                await harness.CommitAsync(id, 4000);
                harness.Spool.Complete(new SpoolId(id));
            }

            await harness.Spool.FlushAsync(Cancellation);
            Assert.Equal(SpoolHarness.Bytes(1000, 1).First.ToArray(), SpoolHarness.ReadAll(body));
        }

        await harness.Spool.FlushAsync(Cancellation);
        Assert.InRange(harness.SegmentFiles.Length, 1, 3);
    }

    [Fact]
    public async Task Restarts_ManyWithOneMessageEach_DoNotPileUpSegments()
    {
        await using SpoolHarness harness = await SpoolHarness.OpenAsync();
        for (ulong id = 1; id <= 30; id++)
        {
            await harness.CommitAsync(id, 100);
            await harness.ReopenAsync();
        }

        await EvacuateAsync(harness);
        Assert.InRange(harness.SegmentFiles.Length, 1, 8);
        Assert.Equal(Enumerable.Range(1, 30).Select(i => (ulong)i), harness.LiveIds());
        harness.AssertHas(17, 100);
    }

    private static async Task FillSegmentAsync(SpoolHarness harness, ulong firstId)
    {
        for (ulong id = firstId; id < firstId + 20; id++)
        {
            await harness.CommitAsync(id, 4000);
            harness.Spool.Complete(new SpoolId(id));
        }
    }

    private static async Task EvacuateAsync(SpoolHarness harness)
    {
        await harness.Spool.FlushAsync(Cancellation);
        harness.Time.Advance(harness.Options.EvacuateAfter + TimeSpan.FromSeconds(2));
        await harness.Spool.Evacuating;
        await harness.Spool.FlushAsync(Cancellation);
    }
}
