using System.Buffers;

namespace Gateway.Spool.Tests;

public sealed class SpoolTests
{
    private static CancellationToken Cancellation => SpoolHarness.Cancellation;

    [Fact]
    public async Task Commit_Reopened_FindsHeaderBodyAndOrder()
    {
        await using SpoolHarness harness = await SpoolHarness.OpenAsync();
        foreach (ulong id in new ulong[] { 7, 3, 11 })
        {
            await harness.CommitAsync(id);
        }

        await harness.ReopenAsync();

        Assert.Equal([7, 3, 11], harness.LiveIds());
        harness.AssertHas(7);
        harness.AssertHas(3);
        harness.AssertHas(11);
        Assert.Empty(harness.Spool.Recovery.Damage);
        Assert.Equal(0, harness.Spool.Recovery.Torn);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(8)]
    [InlineData(9)]
    [InlineData(4096)]
    [InlineData(65_535)]
    [InlineData(65_536)]
    [InlineData(1_048_576)]
    [InlineData(3_000_001)]
    public async Task Commit_BodyOfAnyLength_ReadsBack(int length)
    {
        await using SpoolHarness harness = await SpoolHarness.OpenAsync(segmentBytes: 8 * 1024 * 1024);
        await harness.CommitAsync(1, length);
        await harness.CommitAsync(2, length);
        harness.AssertHas(1, length);
        await harness.ReopenAsync();
        harness.AssertHas(1, length);
        harness.AssertHas(2, length);
    }

    [Fact]
    public async Task Commit_BodyInPieces_ReadsBackJoined()
    {
        await using SpoolHarness harness = await SpoolHarness.OpenAsync(segmentBytes: 8 * 1024 * 1024);
        byte[] whole = SpoolHarness.Bytes(300_000, 5).ToArray();
        Piece first = new(whole.AsMemory(0, 10), null);
        Piece second = new(whole.AsMemory(10, 200_000), first);
        Piece third = new(whole.AsMemory(200_010), second);
        await harness.Spool.CommitAsync(new SpoolId(1), default, new ReadOnlySequence<byte>(first, 0, third, third.Memory.Length), Cancellation);
        await harness.ReopenAsync();
        using SpoolBody body = harness.Spool.OpenBody(new SpoolId(1));
        Assert.Equal(whole, SpoolHarness.ReadAll(body));
    }

    [Fact]
    public async Task Commit_LargerThanSegment_IsRefused()
    {
        await using SpoolHarness harness = await SpoolHarness.OpenAsync();
        int most = (int)harness.Spool.MaximumInlineBytes;
        await harness.Spool.CommitAsync(new SpoolId(1), default, SpoolHarness.Bytes(most, 1), Cancellation);
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(
            async () => await harness.Spool.CommitAsync(new SpoolId(2), default, SpoolHarness.Bytes(most + 1, 1), Cancellation));
    }

    [Fact]
    public async Task Commit_IdThatIsLive_IsRefused()
    {
        await using SpoolHarness harness = await SpoolHarness.OpenAsync();
        await harness.CommitAsync(1);
        await Assert.ThrowsAsync<InvalidOperationException>(() => harness.CommitAsync(1));
        harness.AssertHas(1);
    }

    [Fact]
    public async Task Commit_IdCompletedBefore_IsLiveAgainAfterReopen()
    {
        await using SpoolHarness harness = await SpoolHarness.OpenAsync();
        await harness.CommitAsync(1);
        harness.Spool.Complete(new SpoolId(1));
        await harness.CommitAsync(1);
        await harness.ReopenAsync();
        Assert.Equal([1], harness.LiveIds());
    }

    [Fact]
    public async Task Complete_Reopened_StaysAway()
    {
        await using SpoolHarness harness = await SpoolHarness.OpenAsync();
        await harness.CommitAsync(1);
        await harness.CommitAsync(2);
        Assert.True(harness.Spool.Complete(new SpoolId(1)));
        Assert.False(harness.Spool.Complete(new SpoolId(1)));
        Assert.Equal([2], harness.LiveIds());
        await harness.ReopenAsync();
        Assert.Equal([2], harness.LiveIds());
    }

    [Fact]
    public async Task Update_Reopened_LastStateCounts()
    {
        await using SpoolHarness harness = await SpoolHarness.OpenAsync();
        await harness.CommitAsync(1);
        await harness.Spool.UpdateAsync(new SpoolId(1), "first"u8.ToArray(), Cancellation);
        await harness.Spool.UpdateAsync(new SpoolId(1), "second"u8.ToArray(), Cancellation);
        await harness.ReopenAsync();
        Assert.Equal("second"u8.ToArray(), harness.Spool.Find(new SpoolId(1))!.State.ToArray());
        await Assert.ThrowsAsync<InvalidOperationException>(
            async () => await harness.Spool.UpdateAsync(new SpoolId(2), default, Cancellation));
    }

    [Fact]
    public async Task File_Committed_ReadsBackAndGoesWhenCompleted()
    {
        await using SpoolHarness harness = await SpoolHarness.OpenAsync();
        byte[] whole = SpoolHarness.Bytes(500_000, 9).ToArray();
        using (SpoolFile file = harness.Spool.CreateFile())
        {
            file.Append(whole.AsSpan(0, 123_456));
            file.Append(whole.AsSpan(123_456));
            await harness.Spool.CommitAsync(new SpoolId(1), SpoolHarness.Header(1), file, Cancellation);
        }

        await harness.ReopenAsync();
        using (SpoolBody body = harness.Spool.OpenBody(new SpoolId(1)))
        {
            Assert.Equal(whole, SpoolHarness.ReadAll(body));
            harness.Spool.Complete(new SpoolId(1));
            await harness.Spool.FlushAsync(Cancellation);
            Assert.Empty(Directory.GetFiles(harness.LargeDirectory));
            Assert.Equal(whole, SpoolHarness.ReadAll(body));
        }

        await harness.ReopenAsync();
        Assert.Empty(harness.LiveIds());
        Assert.Empty(harness.Spool.Recovery.Damage);
    }

    [Fact]
    public async Task File_NotCommitted_IsDeleted()
    {
        await using SpoolHarness harness = await SpoolHarness.OpenAsync();
        using (SpoolFile file = harness.Spool.CreateFile())
        {
            file.Append("abc"u8);
            Assert.Single(Directory.GetFiles(harness.LargeDirectory));
        }

        Assert.Empty(Directory.GetFiles(harness.LargeDirectory));
    }

    [Fact]
    public async Task File_OfADeadProcess_IsRemovedAtOpen()
    {
        await using SpoolHarness harness = await SpoolHarness.OpenAsync();
        string orphan = Path.Combine(harness.LargeDirectory, "00000000000000ff.body");
        await File.WriteAllTextAsync(orphan, "left behind", Cancellation);
        await harness.ReopenAsync();
        Assert.False(File.Exists(orphan));
        Assert.Equal(1, harness.Spool.Recovery.OrphanFiles);
    }

    [Fact]
    public async Task Open_DirectoryInUse_NamesTheProcess()
    {
        await using SpoolHarness harness = await SpoolHarness.OpenAsync();
        SpoolOpenException e = await Assert.ThrowsAsync<SpoolOpenException>(
            () => Spool.OpenAsync(harness.Options, harness.Time, cancellation: Cancellation));
        Assert.Contains($"process {Environment.ProcessId}", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Commit_Closed_Throws()
    {
        SpoolHarness harness = await SpoolHarness.OpenAsync();
        await harness.DisposeAsync();
        SpoolUnavailableException e = await Assert.ThrowsAsync<SpoolUnavailableException>(() => harness.CommitAsync(1));
        Assert.Equal(SpoolUnavailableReason.Closed, e.Reason);
    }

    [Fact]
    public async Task Commit_TwentyAtOnce_ShareFlushes()
    {
        await using SpoolHarness harness = await SpoolHarness.OpenAsync(segmentBytes: 16 * 1024 * 1024);
        await Task.WhenAll(Enumerable.Range(1, 400).Select(i => Task.Run(() => harness.CommitAsync((ulong)i), Cancellation)));
        SpoolStats stats = harness.Spool.Stats;
        Assert.Equal(400, stats.Messages);
        Assert.Equal(400, stats.Live);
        Assert.True(stats.Flushes < 400, $"{stats.Flushes} flushes");
        Assert.Equal(stats.Records, harness.Events.Batches.Sum(b => b.Records));
    }

    private sealed class Piece : ReadOnlySequenceSegment<byte>
    {
        public Piece(ReadOnlyMemory<byte> memory, Piece? previous)
        {
            Memory = memory;
            if (previous is not null)
            {
                RunningIndex = previous.RunningIndex + previous.Memory.Length;
                previous.Next = this;
            }
        }
    }
}
