using Gateway.TestKit;

namespace Gateway.Spool.Tests;

/// <summary>What recovery makes of torn, damaged, foreign and hostile bytes.</summary>
public sealed class RecoveryTests
{
    private static CancellationToken Cancellation => SpoolHarness.Cancellation;

    [Fact]
    public async Task Tail_TornAtEveryByte_KeepsAllBeforeIt()
    {
        await using SpoolHarness harness = await SpoolHarness.OpenAsync();
        await harness.CommitAsync(1, 50);
        await harness.CommitAsync(2, 50);
        await harness.CommitAsync(3, 50);
        SpoolEntry last = harness.Spool.Find(new SpoolId(3))!;
        byte[] image = await File.ReadAllBytesAsync(harness.SegmentFiles[0], Cancellation);
        int start = (int)last.Offset;
        int end = start + (int)last.RecordBytes;
        for (int cut = start; cut <= end; cut++)
        {
            byte[] torn = [.. image];
            Array.Clear(torn, cut, torn.Length - cut);
            await using Spool spool = await OpenImageAsync(harness, torn);
            Assert.Equal(cut == end ? [1UL, 2, 3] : [1UL, 2], spool.Entries.Select(e => e.Id.Value));
            Assert.Empty(spool.Recovery.Damage);
            Assert.Equal(cut == end || cut < start + 16 ? 0 : 1, spool.Recovery.Torn);
        }
    }

    [Fact]
    public async Task Middle_DamagedAtEveryByte_CostsOnlyItselfAndIsReported()
    {
        await using SpoolHarness harness = await SpoolHarness.OpenAsync();
        await harness.CommitAsync(1, 50);
        await harness.CommitAsync(2, 50);
        await harness.CommitAsync(3, 50);
        SpoolEntry hit = harness.Spool.Find(new SpoolId(2))!;
        byte[] image = await File.ReadAllBytesAsync(harness.SegmentFiles[0], Cancellation);
        int header = (int)hit.Offset;
        int meta = header + 80;
        int body = meta + hit.HeaderLength;
        for (int at = header; at < body + 50; at++)
        {
            byte[] damaged = [.. image];
            damaged[at] ^= 0x10;
            await using Spool spool = await OpenImageAsync(harness, damaged);
            ulong[] live = [.. spool.Entries.Select(e => e.Id.Value)];
            if (at < body)
            {
                Assert.Equal([1, 3], live);
                SpoolDamage damage = Assert.Single(spool.Recovery.Damage);
                Assert.Equal(at < meta ? DamageKind.Unreadable : DamageKind.Header, damage.Kind);
                Assert.Equal(header, damage.Offset);
                Assert.Single(Directory.GetFiles(Path.Combine(OptionsOf(spool).Directory, "damaged")));
            }
            else
            {
                Assert.Equal([1, 2, 3], live);
                SpoolCorruptException e = Assert.Throws<SpoolCorruptException>(() => spool.OpenBody(new SpoolId(2)));
                Assert.Equal(new SpoolId(2), e.Id);
            }
        }
    }

    [Fact]
    public async Task Body_ThatImitatesRecords_IsNeverBelieved()
    {
        await using SpoolHarness harness = await SpoolHarness.OpenAsync();
        await harness.CommitAsync(1, 64);
        byte[] image = await File.ReadAllBytesAsync(harness.SegmentFiles[0], Cancellation);

        // A message whose body is a segment of this very spool, sent by someone who has seen an old one.
        await using SpoolHarness other = await SpoolHarness.OpenAsync();
        await other.CommitAsync(2, 64);
        await other.Spool.CommitAsync(new SpoolId(3), default, new System.Buffers.ReadOnlySequence<byte>(image.AsMemory(4096, 4096)), Cancellation);
        await other.CommitAsync(4, 64);
        SpoolEntry hit = other.Spool.Find(new SpoolId(3))!;
        byte[] hostile = await File.ReadAllBytesAsync(other.SegmentFiles[0], Cancellation);
        hostile[hit.Offset] ^= 1;

        await using Spool spool = await OpenImageAsync(other, hostile);
        Assert.Equal([2, 4], spool.Entries.Select(e => e.Id.Value));
    }

    [Fact]
    public async Task Header_OfSegmentDamaged_CostsNothing()
    {
        await using SpoolHarness harness = await SpoolHarness.OpenAsync();
        await harness.CommitAsync(1);
        byte[] image = await File.ReadAllBytesAsync(harness.SegmentFiles[0], Cancellation);
        Array.Clear(image, 0, 4096);
        await using Spool spool = await OpenImageAsync(harness, image);
        Assert.Equal([1], spool.Entries.Select(e => e.Id.Value));
    }

    [Fact]
    public async Task Segment_OfANewerVersion_IsRefused()
    {
        await using SpoolHarness harness = await SpoolHarness.OpenAsync();
        byte[] image = await File.ReadAllBytesAsync(harness.SegmentFiles[0], Cancellation);
        Format.SegmentHeader header = Format.SegmentHeader.Read(image)!;
        (header with { Version = 2 }).Write(image);
        SpoolOpenException e = await Assert.ThrowsAsync<SpoolOpenException>(() => OpenImageAsync(harness, image));
        Assert.Contains("format version 2", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task BodyFile_Missing_IsReportedAndDoesNotOpen()
    {
        await using SpoolHarness harness = await SpoolHarness.OpenAsync();
        using (SpoolFile file = harness.Spool.CreateFile())
        {
            file.Append("body"u8);
            await harness.Spool.CommitAsync(new SpoolId(1), default, file, Cancellation);
        }

        await harness.CommitAsync(2);
        await harness.Spool.DisposeAsync();
        File.Delete(Directory.GetFiles(harness.LargeDirectory)[0]);
        Spool spool = await harness.ReopenAsync();
        Assert.Equal(DamageKind.BodyFile, Assert.Single(spool.Recovery.Damage).Kind);
        Assert.Throws<SpoolCorruptException>(() => spool.OpenBody(new SpoolId(1)));
        harness.AssertHas(2);
    }

    [Fact]
    public async Task Completed_ButPowerLostBeforeTheFlush_ComesBackWithItsFile()
    {
        FaultyDisk disk = new();
        await using SpoolHarness harness = await SpoolHarness.OpenAsync(disk);
        using (SpoolFile file = harness.Spool.CreateFile())
        {
            file.Append("body"u8);
            await harness.Spool.CommitAsync(new SpoolId(1), default, file, Cancellation);
        }

        int flushes = disk.Flushes;
        harness.Spool.Complete(new SpoolId(1));
        Assert.Equal(flushes, disk.Flushes);
        Assert.Single(Directory.GetFiles(harness.LargeDirectory));
        harness.Time.Advance(TimeSpan.FromSeconds(2));
        await harness.Spool.FlushAsync(Cancellation);
        Assert.Empty(Directory.GetFiles(harness.LargeDirectory));
    }

    private static SpoolOptions OptionsOf(Spool spool) => spool.Options;

    /// <summary>Opens a spool whose only segment has these bytes, as a process would find it after a crash.</summary>
    private static async Task<Spool> OpenImageAsync(SpoolHarness harness, byte[] segment)
    {
        string directory = Path.Combine(harness.Options.Directory, "image");
        if (Directory.Exists(directory))
        {
            Directory.Delete(directory, recursive: true);
        }

        Directory.CreateDirectory(Path.Combine(directory, "log"));
        await File.WriteAllBytesAsync(Path.Combine(directory, "log", Path.GetFileName(harness.SegmentFiles[0])), segment, Cancellation);
        return await Spool.OpenAsync(
            new SpoolOptions { Directory = directory, SegmentBytes = harness.Options.SegmentBytes, MinimumFreeBytes = 0 },
            harness.Time,
            disk: new FaultyDisk(),
            cancellation: Cancellation);
    }
}
