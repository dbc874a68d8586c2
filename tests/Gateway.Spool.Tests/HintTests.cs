namespace Gateway.Spool.Tests;

/// <summary>A start by hints finds what a start without them finds, whatever has become of the hints.</summary>
public sealed class HintTests
{
    private const ulong Messages = 100;

    private static CancellationToken Cancellation => SpoolHarness.Cancellation;

    [Fact]
    public async Task Hints_OfRestingSegments_AreReadInsteadOfThem()
    {
        await using SpoolHarness harness = await FilledAsync();
        await harness.ReopenAsync();
        Assert.InRange(harness.Spool.Recovery.Hinted, 4, harness.Spool.Recovery.Segments - 1);
        AssertAll(harness);

        // What happens behind a hint counts: completions, states, and bodies in files of their own.
        harness.Spool.Complete(new SpoolId(3));
        await harness.Spool.UpdateAsync(new SpoolId(5), "twice"u8.ToArray(), Cancellation);
        await harness.CrashAsync();
        Assert.InRange(harness.Spool.Recovery.Hinted, 4, int.MaxValue);
        Assert.Equal([1, 2, .. Ids(4)], harness.LiveIds());
        Assert.Equal("twice"u8.ToArray(), harness.Spool.Find(new SpoolId(5))!.State.ToArray());
        harness.AssertHas(7, 4000);
    }

    [Fact]
    public async Task Hint_TornOrChangedAnywhere_CostsNothing()
    {
        await using SpoolHarness harness = await FilledAsync();
        await harness.ReopenAsync();
        int hinted = harness.Spool.Recovery.Hinted;
        string hint = Hints(harness)[1];
        byte[] whole = await File.ReadAllBytesAsync(hint, Cancellation);
        Random random = new(7);
        for (int round = 0; round < 40; round++)
        {
            byte[] broken = [.. whole];
            if (round % 2 == 0)
            {
                Array.Resize(ref broken, random.Next(whole.Length));
            }
            else
            {
                broken[random.Next(whole.Length)] ^= (byte)(1 + random.Next(255));
            }

            await File.WriteAllBytesAsync(hint, broken, Cancellation);
            await harness.ReopenAsync();
            Assert.Equal(hinted - 1, harness.Spool.Recovery.Hinted);
            AssertAll(harness);
        }
    }

    [Fact]
    public async Task Hint_LostBehindItsReading_IsNotMissed()
    {
        await using SpoolHarness harness = await FilledAsync();
        await harness.ReopenAsync();
        foreach (string hint in Hints(harness))
        {
            // The descriptor stays; what is behind it is gone.
            await using FileStream file = new(hint, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
            file.SetLength(0);
        }

        AssertAll(harness);
    }

    [Fact]
    public async Task Hint_OfASegmentThatIsGone_GoesToo()
    {
        await using SpoolHarness harness = await FilledAsync();
        string stranger = Path.Combine(harness.Options.Directory, "hints", "00000000000000ff-00000000000000ff.hint");
        await File.WriteAllTextAsync(stranger, "of nothing", Cancellation);
        Assert.NotEmpty(Hints(harness));
        await harness.ReopenAsync();
        Assert.DoesNotContain(stranger, Hints(harness));
        foreach (ulong id in Ids(1))
        {
            harness.Spool.Complete(new SpoolId(id));
        }

        await harness.Spool.FlushAsync(Cancellation);
        harness.Time.Advance(TimeSpan.FromSeconds(1));
        await harness.Spool.FlushAsync(Cancellation);
        Assert.Empty(Hints(harness));
        Assert.Empty(harness.Events.Failures);
        await harness.ReopenAsync();
        Assert.Empty(harness.LiveIds());
    }

    [Fact]
    public async Task Archive_LooksAtTheSegments_NotAtTheHints()
    {
        await using SpoolHarness harness = await FilledAsync();
        await harness.Spool.DisposeAsync();
        byte[] segment = await File.ReadAllBytesAsync(harness.SegmentFiles[1], Cancellation);
        int at = segment.AsSpan().IndexOf("envelope of"u8);
        segment[at] ^= 1;
        await File.WriteAllBytesAsync(harness.SegmentFiles[1], segment, Cancellation);
        using SpoolArchive archive = SpoolArchive.Open(harness.Options.Directory, harness.Time, cancellation: Cancellation);
        Assert.Single(archive.Verify());
    }

    private static async Task<SpoolHarness> FilledAsync()
    {
        SpoolHarness harness = await SpoolHarness.OpenAsync();
        for (ulong id = 1; id <= Messages; id++)
        {
            await harness.CommitAsync(id, 4000);
            if (id % 10 == 5)
            {
                await harness.Spool.UpdateAsync(new SpoolId(id), "deferred"u8.ToArray(), Cancellation);
            }
        }

        Assert.Empty(Hints(harness));
        for (int second = 0; second < 30; second++)
        {
            harness.Time.Advance(TimeSpan.FromSeconds(1));
            await harness.Spool.FlushAsync(Cancellation);
        }

        return harness;
    }

    private static void AssertAll(SpoolHarness harness)
    {
        Assert.Equal(Ids(1), harness.LiveIds());
        Assert.Empty(harness.Spool.Recovery.Damage);
        foreach (ulong id in Ids(1))
        {
            harness.AssertHas(id, 4000);
            Assert.Equal(id % 10 == 5 ? "deferred"u8.ToArray() : [], harness.Spool.Find(new SpoolId(id))!.State.ToArray());
        }
    }

    private static IEnumerable<ulong> Ids(ulong first)
    {
        for (ulong id = first; id <= Messages; id++)
        {
            yield return id;
        }
    }

    private static string[] Hints(SpoolHarness harness) => [.. Directory.GetFiles(Path.Combine(harness.Options.Directory, "hints")).Order()];
}
