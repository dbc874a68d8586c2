using System.Buffers;
using Gateway.TestKit;

namespace Gateway.Spool.Tests;

/// <summary>Every call to the disk fails once, in every way, and nothing that was acknowledged may be missing afterwards.</summary>
public sealed class FaultTests
{
    private static CancellationToken Cancellation => SpoolHarness.Cancellation;

    [Theory]
    [InlineData(DiskFault.InputOutput, 1)]
    [InlineData(DiskFault.InputOutput, 2)]
    [InlineData(DiskFault.InputOutput, 7)]
    [InlineData(DiskFault.NoSpace, 1)]
    [InlineData(DiskFault.NoSpace, 3)]
    [InlineData(DiskFault.ShortWrite, 1)]
    [InlineData(DiskFault.PowerLoss, 1)]
    public async Task Spool_FaultAtEveryCall_KeepsWhatItAcknowledged(DiskFault fault, int calls)
    {
        int at = 0;
        bool wasHit = true;
        while (wasHit)
        {
            at++;
            FaultyDisk disk = new();
            disk.Plan(call => call >= at && call < at + calls ? fault : null);
            await using Workload workload = new(disk, seed: at);
            await workload.RunAsync(Cancellation);
            wasHit = disk.Calls >= at;
            await workload.CheckSurvivorsAsync($"{fault} at call {at} ({disk.LastFaulted})", Cancellation);
            Assert.True(at < 2000, "the workload does not end");
        }

        Assert.True(at > 50, $"only {at} calls");
    }

    /// <summary>Commits, updates, completes and rolls segments, takes every refusal as a client would, and remembers what it was told.</summary>
    private sealed class Workload(FaultyDisk disk, int seed) : IAsyncDisposable
    {
        private const int Messages = 14;

        private readonly Dictionary<ulong, (int Length, string? State)> _acknowledged = [];
        private readonly HashSet<ulong> _completed = [];
        private readonly SpoolHarness _harness = new(disk, SpoolOptions.MinimumSegmentBytes);

        public async Task RunAsync(CancellationToken cancellation)
        {
            try
            {
                await _harness.ReopenAsync();
            }
            catch (Storage.DiskException)
            {
                return;
            }

            for (ulong id = 1; id <= Messages; id++)
            {
                int length = id % 3 == 0 ? 12_000 : 700;
                ulong key = id;
                if (await TryAsync(() => CommitAsync(key, length, cancellation)))
                {
                    _acknowledged[id] = (length, null);
                }

                if (id % 4 == 0 && _acknowledged.ContainsKey(id - 1) && await TryAsync(() => UpdateAsync(key - 1, $"state {key}", cancellation)))
                {
                    _acknowledged[id - 1] = (_acknowledged[id - 1].Length, $"state {id}");
                }

                if (id % 5 == 0 && _acknowledged.Remove(id - 2))
                {
                    _completed.Add(id - 2);
                    _harness.Spool.Complete(new SpoolId(id - 2));
                }
            }
        }

        public ValueTask DisposeAsync() => _harness.DisposeAsync();

        public async Task CheckSurvivorsAsync(string fault, CancellationToken cancellation)
        {
            string survivors = Directory.CreateTempSubdirectory("survivors-").FullName;
            try
            {
                disk.SurviveTo(_harness.Options.Directory, survivors, seed);
                SpoolOptions options = new() { Directory = survivors, SegmentBytes = SpoolOptions.MinimumSegmentBytes, MinimumFreeBytes = 0 };
                await using Spool spool = await Spool.OpenAsync(options, _harness.Time, cancellation: cancellation);
                Assert.True(spool.Recovery.Damage.Count == 0, $"{fault}: {string.Join(", ", spool.Recovery.Damage)}");
                foreach ((ulong id, (int length, string? state)) in _acknowledged)
                {
                    SpoolEntry? entry = spool.Find(new SpoolId(id));
                    Assert.True(entry is not null, $"{fault}: {id} was acknowledged and is lost");
                    using SpoolBody body = spool.OpenBody(entry.Id);
                    Assert.Equal(SpoolHarness.Bytes(length, (int)id).ToArray(), SpoolHarness.ReadAll(body));
                    Assert.Equal(SpoolHarness.Header(id), spool.ReadHeader(entry.Id).ToArray());
                    string found = System.Text.Encoding.ASCII.GetString(entry.State.Span);
                    Assert.True(state is null || found == state, $"{fault}: {id} has state '{found}' instead of '{state}'");
                }
            }
            finally
            {
                Directory.Delete(survivors, recursive: true);
            }
        }

        private async Task<bool> TryAsync(Func<Task> act)
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
                    // The client waits and comes again; meanwhile a probe may find the disk well.
                    _harness.Time.Advance(TimeSpan.FromSeconds(6));
                    try
                    {
                        await _harness.Spool.FlushAsync(Cancellation);
                    }
                    catch (SpoolUnavailableException)
                    {
                    }
                }
            }

            return false;
        }

        private async Task CommitAsync(ulong id, int length, CancellationToken cancellation)
        {
            if (id % 7 != 0)
            {
                await _harness.CommitAsync(id, length);
                return;
            }

            using SpoolFile file = _harness.Spool.CreateFile();
            byte[] bytes = SpoolHarness.Bytes(length, (int)id).ToArray();
            file.Append(bytes.AsSpan(0, length / 2));
            file.Append(bytes.AsSpan(length / 2));
            await _harness.Spool.CommitAsync(new SpoolId(id), SpoolHarness.Header(id), file, cancellation);
        }

        private async Task UpdateAsync(ulong id, string state, CancellationToken cancellation)
            => await _harness.Spool.UpdateAsync(new SpoolId(id), System.Text.Encoding.ASCII.GetBytes(state), cancellation);
    }
}
