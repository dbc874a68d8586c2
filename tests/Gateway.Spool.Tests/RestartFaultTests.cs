using System.Buffers;
using Gateway.TestKit;

namespace Gateway.Spool.Tests;

/// <summary>
/// A process takes over what a killed one left, empties sparse segments and goes on, while every call to the disk fails once in every way;
/// then the power fails. Each message that was acknowledged is there exactly once.
/// </summary>
public sealed class RestartFaultTests
{
    private static CancellationToken Cancellation => SpoolHarness.Cancellation;

    [Theory]
    [InlineData(DiskFault.InputOutput, 1)]
    [InlineData(DiskFault.InputOutput, 2)]
    [InlineData(DiskFault.InputOutput, 5)]
    [InlineData(DiskFault.NoSpace, 1)]
    [InlineData(DiskFault.NoSpace, 4)]
    [InlineData(DiskFault.ShortWrite, 1)]
    [InlineData(DiskFault.PowerLoss, 1)]
    public async Task Restart_FaultAtEveryCall_KeepsEachAcknowledgedMessageOnce(DiskFault fault, int calls)
    {
        await using Takeover takeover = await Takeover.PrepareAsync();
        int at = 0;
        bool wasHit = true;
        int evacuated = 0;
        while (wasHit)
        {
            at++;
            FaultyDisk disk = new();
            disk.Plan(call => call >= at && call < at + calls ? fault : null);
            evacuated += await takeover.RunAsync(disk, fault, at);
            wasHit = disk.Calls >= at;
            Assert.True(at < 2000, "the workload does not end");
        }

        Assert.True(at > 50, $"only {at} calls");
        Assert.True(evacuated > 0, "nothing was moved");
    }

    private sealed class Takeover : IAsyncDisposable
    {
        private const int OldLength = 3000;

        private readonly string _template = Directory.CreateTempSubdirectory("takeover-").FullName;
        private readonly List<ulong> _left = [];

        /// <summary>Makes what a killed process leaves: three sparse segments, a body file, states.</summary>
        public static async Task<Takeover> PrepareAsync()
        {
            Takeover takeover = new();
            SpoolHarness harness = await SpoolHarness.OpenAsync(segmentBytes: SpoolOptions.MinimumSegmentBytes);
            for (ulong id = 1; id <= 28; id++)
            {
                if (id == 10)
                {
                    using SpoolFile file = harness.Spool.CreateFile();
                    file.Append(SpoolHarness.Bytes(OldLength, (int)id).ToArray());
                    await harness.Spool.CommitAsync(new SpoolId(id), SpoolHarness.Header(id), file, Cancellation);
                }
                else
                {
                    await harness.CommitAsync(id, OldLength);
                }
            }

            await harness.Spool.UpdateAsync(new SpoolId(2), "state"u8.ToArray(), Cancellation);
            foreach (ulong id in harness.LiveIds())
            {
                if (id is 2 or 10 or 12 or 23)
                {
                    takeover._left.Add(id);
                }
                else
                {
                    harness.Spool.Complete(new SpoolId(id));
                }
            }

            await harness.Spool.FlushAsync(Cancellation);
            Copy(harness.Options.Directory, takeover._template);
            await harness.DisposeAsync();
            return takeover;
        }

        public ValueTask DisposeAsync()
        {
            Directory.Delete(_template, recursive: true);
            return ValueTask.CompletedTask;
        }

        public async Task<int> RunAsync(FaultyDisk disk, DiskFault fault, int at)
        {
            await using SpoolHarness harness = new(disk, SpoolOptions.MinimumSegmentBytes);
            Copy(_template, harness.Options.Directory);
            disk.Adopt(harness.Options.Directory);
            Ledger ledger = new(_left);
            int segments = 0;
            if (await OpensAsync(harness))
            {
                segments = harness.SegmentFiles.Length;
                await GoOnAsync(harness, ledger);
                segments -= harness.SegmentFiles.Length;
            }

            await CheckAsync(disk, harness, ledger, $"{fault} at call {at} ({disk.LastFaulted})");
            return Math.Max(segments, 0);
        }

        private static async Task<bool> OpensAsync(SpoolHarness harness)
        {
            for (int attempt = 0; attempt < 2; attempt++)
            {
                try
                {
                    await harness.ReopenAsync();
                    return true;
                }
                catch (Storage.DiskException)
                {
                    // The process ends with a message; a person, or systemd, starts it again.
                }
            }

            return false;
        }

        private static async Task GoOnAsync(SpoolHarness harness, Ledger ledger)
        {
            harness.Time.Advance(harness.Options.EvacuateAfter * 2);
            await harness.Spool.Evacuating;
            for (ulong id = 101; id <= 104; id++)
            {
                ledger.Tell(id, await TryAsync(harness, () => harness.CommitAsync(id, OldLength)));
            }

            foreach (ulong id in new ulong[] { 12, 102 })
            {
                if (harness.Spool.Complete(new SpoolId(id)))
                {
                    ledger.Complete(id);
                }
            }

            harness.Time.Advance(harness.Options.EvacuateAfter * 2);
            await harness.Spool.Evacuating;
            if (await TryAsync(harness, () => harness.Spool.FlushAsync(Cancellation).AsTask()))
            {
                ledger.Flushed();
            }
        }

        private static async Task<bool> TryAsync(SpoolHarness harness, Func<Task> act)
        {
            for (int attempt = 0; attempt < 4; attempt++)
            {
                try
                {
                    await act();
                    return true;
                }
                catch (SpoolUnavailableException)
                {
                    harness.Time.Advance(TimeSpan.FromSeconds(6));
                }
            }

            return false;
        }

        private static async Task CheckAsync(FaultyDisk disk, SpoolHarness harness, Ledger ledger, string fault)
        {
            string survivors = Directory.CreateTempSubdirectory("survivors-").FullName;
            try
            {
                disk.SurviveTo(harness.Options.Directory, survivors, seed: fault.Length);
                SpoolOptions options = new() { Directory = survivors, SegmentBytes = SpoolOptions.MinimumSegmentBytes, MinimumFreeBytes = 0 };
                await using Spool spool = await Spool.OpenAsync(options, harness.Time, cancellation: Cancellation);
                Assert.True(spool.Recovery.Damage.Count == 0, $"{fault}: {string.Join(", ", spool.Recovery.Damage)}");
                ulong[] found = [.. spool.Entries.Select(e => e.Id.Value)];
                Assert.Equal(found.Distinct(), found);
                Assert.True(ledger.Owed.All(found.Contains), $"{fault}: lost of {string.Join(' ', ledger.Owed)}: {string.Join(' ', ledger.Owed.Except(found))}");
                Assert.True(!ledger.Over.Any(found.Contains), $"{fault}: came back: {string.Join(' ', ledger.Over.Intersect(found))}");
                foreach (ulong id in ledger.Owed)
                {
                    using SpoolBody body = spool.OpenBody(new SpoolId(id));
                    Assert.Equal(SpoolHarness.Bytes(OldLength, (int)id).ToArray(), SpoolHarness.ReadAll(body));
                    Assert.Equal(SpoolHarness.Header(id), spool.ReadHeader(new SpoolId(id)).ToArray());
                }

                Assert.Equal("state"u8.ToArray(), spool.Find(new SpoolId(2))!.State.ToArray());
            }
            finally
            {
                Directory.Delete(survivors, recursive: true);
            }
        }

        private static void Copy(string from, string to)
        {
            foreach (string file in Directory.GetFiles(from, "*", SearchOption.AllDirectories).Where(f => Path.GetFileName(f) != "lock"))
            {
                string target = Path.Combine(to, Path.GetRelativePath(from, file));
                Directory.CreateDirectory(Path.GetDirectoryName(target)!);
                File.Copy(file, target);
            }
        }
    }

    /// <summary>What the spool owes after all it was told and told itself.</summary>
    private sealed class Ledger(IEnumerable<ulong> left)
    {
        private readonly HashSet<ulong> _owed = [.. left];
        private readonly HashSet<ulong> _unsure = [];
        private readonly HashSet<ulong> _over = [];

        public IReadOnlySet<ulong> Owed => _owed;

        /// <summary>Completed, or refused for good, before a flush that succeeded: must not come back.</summary>
        public IReadOnlySet<ulong> Over => _over;

        public void Tell(ulong id, bool acknowledged) => _ = (acknowledged ? _owed : _unsure).Add(id);

        public void Complete(ulong id)
        {
            _owed.Remove(id);
            _unsure.Add(id);
        }

        public void Flushed()
        {
            _over.UnionWith(_unsure);
            _unsure.Clear();
        }
    }
}
