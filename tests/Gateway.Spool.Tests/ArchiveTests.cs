using System.Buffers;
using CsCheck;
using Gateway.Spool.Storage;
using Microsoft.Win32.SafeHandles;

namespace Gateway.Spool.Tests;

/// <summary>Looking into a spool that nobody has open, and copying what can be read of it.</summary>
public sealed class ArchiveTests
{
    private static CancellationToken Cancellation => SpoolHarness.Cancellation;

    [Fact]
    public async Task Archive_OfAnyHistory_FindsWhatAStartFindsAndChangesNothing()
    {
        await using SpoolHarness harness = await WithHistoryAsync();
        await harness.Spool.DisposeAsync();
        File.Delete(Path.Combine(harness.Options.Directory, "lock"));
        await File.WriteAllTextAsync(Path.Combine(harness.LargeDirectory, "00000000000000ff.body"), "left behind", Cancellation);
        Dictionary<string, string> before = Contents(harness.Options.Directory);

        using (SpoolArchive archive = SpoolArchive.Open(harness.Options.Directory, harness.Time, cancellation: Cancellation))
        {
            Assert.Empty(archive.Verify());
            Assert.Equal([2, 3, 4, 5, 7], archive.Entries.Select(e => e.Id.Value));
            Assert.Equal("tried"u8.ToArray(), archive.Entries[0].State.ToArray());
            Assert.Equal(1, archive.Recovery.OrphanFiles);
            Assert.Equal(2, archive.BodyFiles.Count);
            Assert.All(archive.Segments.Where(s => s.Records > 0), s => Assert.Equal(SegmentEnding.Closed, s.Ending));
            Assert.Equal(archive.Recovery.Records, archive.Segments.Sum(s => s.Records));
            Assert.Equal(6, archive.Segments.Sum(s => s.Live));
            foreach (SpoolEntry entry in archive.Entries)
            {
                Assert.Equal(SpoolHarness.Header(entry.Id.Value), archive.ReadHeader(entry.Id).ToArray());
            }
        }

        Assert.Equal(before, Contents(harness.Options.Directory));
    }

    [Fact]
    public async Task Archive_OfASpoolInUse_NamesTheProcess()
    {
        await using SpoolHarness harness = await SpoolHarness.OpenAsync();
        SpoolOpenException e = Assert.Throws<SpoolOpenException>(() => SpoolArchive.Open(harness.Options.Directory, harness.Time, cancellation: Cancellation));
        Assert.Contains($"process {Environment.ProcessId}", e.Message, StringComparison.Ordinal);
        await harness.Spool.DisposeAsync();
        using SpoolArchive archive = SpoolArchive.Open(harness.Options.Directory, harness.Time, cancellation: Cancellation);
        await Assert.ThrowsAsync<SpoolOpenException>(() => Spool.OpenAsync(harness.Options, harness.Time, cancellation: Cancellation));
    }

    [Fact]
    public void Archive_OfWhatIsNoSpool_IsRefused()
        => Assert.Throws<SpoolOpenException>(() => SpoolArchive.Open(Path.GetTempPath(), TimeProvider.System, cancellation: Cancellation));

    [Fact]
    public async Task Verify_AnyDamage_CostsOnlyWhatItHitAndIsNamed()
    {
        await using SpoolHarness harness = await WithHistoryAsync();
        await harness.Spool.DisposeAsync();
        string[] files = [.. harness.SegmentFiles];
        byte[][] images = [.. files.Select(File.ReadAllBytes)];
        Dictionary<ulong, (string Segment, long From, long To)> places = Places(harness);

        Gen.Select(Gen.Int[0, files.Length - 1], Gen.Double[0, 1], Gen.Int[1, 3000]).Array[1, 3].Sample(
            hits =>
            {
                List<(string Segment, long From, long To)> wounds = [];
                for (int i = 0; i < files.Length; i++)
                {
                    File.WriteAllBytes(files[i], images[i]);
                }

                foreach ((int file, double place, int length) in hits)
                {
                    byte[] image = File.ReadAllBytes(files[file]);
                    long used = Math.Max(4104, images[file].AsSpan().LastIndexOfAnyExcept((byte)0) + 1);
                    int from = 4096 + (int)((used - 4096 - 1) * place);
                    int to = (int)Math.Min(used, from + length);
                    for (int at = from; at < to; at++)
                    {
                        image[at] ^= 0x5A;
                    }

                    File.WriteAllBytes(files[file], image);
                    wounds.Add((Path.GetFileName(files[file]), from, to));
                }

                using SpoolArchive archive = SpoolArchive.Open(harness.Options.Directory, harness.Time, cancellation: Cancellation);
                List<SpoolDamage> damage = [.. archive.Verify()];
                HashSet<ulong> live = [.. archive.Entries.Select(e => e.Id.Value)];
                foreach ((ulong id, (string segment, long from, long to)) in places)
                {
                    bool wasHit = wounds.Exists(w => w.Segment == segment && w.From < to && w.To > from);
                    bool isNamed = damage.Exists(d => d.Id?.Value == id
                        || (d.Segment == segment && d.Kind is DamageKind.Unreadable && d.Offset < to && d.Offset + d.Length > from));
                    if (!wasHit)
                    {
                        Assert.True(live.Contains(id), $"{id} was not hit and is lost");
                        using SpoolBody body = archive.OpenBody(new SpoolId(id));
                        Assert.Equal(SpoolHarness.Bytes((int)body.Length, (int)id).ToArray(), SpoolHarness.ReadAll(body));
                    }
                    else if (!live.Contains(id))
                    {
                        // With its End record gone too, nothing tells a segment's last record that was damaged from one that a crash has torn.
                        bool isOpen = archive.Segments.Single(s => s.Name == segment).Ending == SegmentEnding.Open;
                        Assert.True(isNamed || isOpen, $"{id} is lost and not named: {string.Join(", ", damage)}");
                    }
                }
            },
            iter: 150,
            threads: 1);
    }

    [Fact]
    public async Task Verify_PageTheDeviceCannotRead_CostsOnlyItsMessages()
    {
        await using SpoolHarness harness = await SpoolHarness.OpenAsync();
        foreach (ulong id in new ulong[] { 1, 2, 3 })
        {
            await harness.CommitAsync(id, 10_000);
        }

        SpoolEntry hit = harness.Spool.Find(new SpoolId(2))!;
        await harness.Spool.DisposeAsync();
        using SpoolArchive archive = SpoolArchive.Open(harness.Options.Directory, harness.Time, new BadSector((hit.Offset + 5000) / 4096 * 4096), Cancellation);
        SpoolDamage damage = Assert.Single(archive.Verify());
        Assert.Equal((DamageKind.Body, (long)hit.Offset, hit.Id), (damage.Kind, damage.Offset, damage.Id!.Value));
        Assert.True(archive.UnreadableBytes >= 4096);
        using SpoolBody rest = archive.OpenBody(hit.Id, asItIs: true);
        Assert.Equal(10_000, SpoolHarness.ReadAll(rest).Length);
    }

    [Fact]
    public async Task Salvage_OfADamagedSpool_KeepsAllElseInOrder()
    {
        await using SpoolHarness harness = await WithHistoryAsync();
        SpoolEntry hit = harness.Spool.Find(new SpoolId(3))!;
        string segment = hit.Segment.Path;
        await harness.Spool.DisposeAsync();
        byte[] image = await File.ReadAllBytesAsync(segment, Cancellation);
        image[hit.Offset + 80 + hit.HeaderLength + 3] ^= 1;
        await File.WriteAllBytesAsync(segment, image, Cancellation);
        Dictionary<string, string> before = Contents(harness.Options.Directory);
        string target = Directory.CreateTempSubdirectory("salvage-").FullName;
        SpoolOptions options = new() { Directory = target, SegmentBytes = 64 * 1024, MinimumFreeBytes = 0 };
        List<ulong> skipped = [];
        using (SpoolArchive archive = SpoolArchive.Open(harness.Options.Directory, harness.Time, cancellation: Cancellation))
        {
            SpoolSalvage salvage = new(archive, harness.Time);
            await salvage.CopyAsync(options, (entry, _) => skipped.Add(entry.Id.Value), Cancellation);
            Assert.Equal(4, salvage.Copied);
            await Assert.ThrowsAsync<SpoolOpenException>(() => salvage.CopyAsync(options, (_, _) => { }, Cancellation));
            options.Directory = Path.Combine(harness.Options.Directory, "inside");
            await Assert.ThrowsAsync<SpoolOpenException>(() => salvage.CopyAsync(options, (_, _) => { }, Cancellation));
            options.Directory = target;
        }

        Assert.Equal([3], skipped);
        Assert.Equal(before, Contents(harness.Options.Directory));
        await using (Spool spool = await Spool.OpenAsync(options, harness.Time, cancellation: Cancellation))
        {
            Assert.Empty(spool.Recovery.Damage);
            Assert.Equal([2, 4, 5, 7], spool.Entries.Select(e => e.Id.Value));
            Assert.Equal("tried"u8.ToArray(), spool.Find(new SpoolId(2))!.State.ToArray());
            foreach (SpoolEntry entry in spool.Entries)
            {
                Assert.Equal(SpoolHarness.Header(entry.Id.Value), spool.ReadHeader(entry.Id).ToArray());
                using SpoolBody body = spool.OpenBody(entry.Id);
                Assert.Equal(SpoolHarness.Bytes((int)body.Length, (int)entry.Id.Value).ToArray(), SpoolHarness.ReadAll(body));
            }
        }

        Directory.Delete(target, recursive: true);
    }

    /// <summary>Live: 2 with a state, 3, 4, 5 with its own file, 7; over three segments and more.</summary>
    private static async Task<SpoolHarness> WithHistoryAsync()
    {
        SpoolHarness harness = await SpoolHarness.OpenAsync(segmentBytes: SpoolOptions.MinimumSegmentBytes);
        for (ulong id = 1; id <= 4; id++)
        {
            await harness.CommitAsync(id, 9000);
        }

        await harness.Spool.UpdateAsync(new SpoolId(2), "tried"u8.ToArray(), Cancellation);
        using (SpoolFile file = harness.Spool.CreateFile())
        {
            file.Append(SpoolHarness.Bytes(300_000, 5).ToArray());
            await harness.Spool.CommitAsync(new SpoolId(5), SpoolHarness.Header(5), file, Cancellation);
        }

        await harness.CommitAsync(6, 9000);
        await harness.CommitAsync(7, 9000);
        harness.Spool.Complete(new SpoolId(1));
        harness.Spool.Complete(new SpoolId(6));
        await harness.Spool.FlushAsync(Cancellation);
        return harness;
    }

    private static Dictionary<ulong, (string Segment, long From, long To)> Places(SpoolHarness harness)
    {
        using SpoolArchive archive = SpoolArchive.Open(harness.Options.Directory, harness.Time, cancellation: Cancellation);
        return archive.Entries.ToDictionary(e => e.Id.Value, e => (e.Segment.Name.ToString(), (long)e.Offset, e.Offset + e.RecordBytes));
    }

    private static Dictionary<string, string> Contents(string directory) => Directory.GetFiles(directory, "*", SearchOption.AllDirectories)
        .ToDictionary(f => f, f => $"{File.GetLastWriteTimeUtc(f):O} {Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(f)))}");

    /// <summary>The real file system with one page of segments that cannot be read.</summary>
    private sealed class BadSector(long page) : Disk
    {
        private static readonly PosixDisk Real = PosixDisk.Instance;

        public override SafeFileHandle Open(string path, bool create) => Real.Open(path, create);

        public override SafeFileHandle? TryLock(string path) => Real.TryLock(path);

        public override void Unlock(SafeFileHandle file) => Real.Unlock(file);

        public override int Write(SafeFileHandle file, ReadOnlySpan<byte> bytes, long offset) => throw new NotSupportedException();

        public override int Read(SafeFileHandle file, Span<byte> bytes, long offset)
            => offset < page + 4096 && offset + bytes.Length > page ? throw new DiskException("pread", "(injected)", 5) : Real.Read(file, bytes, offset);

        public override long Length(SafeFileHandle file) => Real.Length(file);

        public override void FlushData(SafeFileHandle file) => throw new NotSupportedException();

        public override void FlushDirectory(string path) => throw new NotSupportedException();

        public override void StartWriteback(SafeFileHandle file, long offset, long length) => throw new NotSupportedException();

        public override void Rename(string from, string to) => throw new NotSupportedException();

        public override void Delete(string path) => throw new NotSupportedException();

        public override void CreateDirectory(string path) => throw new NotSupportedException();

        public override IReadOnlyList<DiskFile> List(string directory) => Real.List(directory);

        public override long FreeBytes(string directory) => Real.FreeBytes(directory);
    }
}
