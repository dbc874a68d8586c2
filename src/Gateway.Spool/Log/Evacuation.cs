using System.Buffers;
using System.IO.Hashing;
using Gateway.Spool.Format;

namespace Gateway.Spool.Log;

/// <summary>Moves what little is still needed out of old segments, so that a few deferred messages do not keep the disk full.</summary>
/// <remarks>
/// Promises: a record is forgotten at its old place only when its copy is durable.
/// Threads: one evacuation at a time, on the thread pool, through the same queue as everybody's commits.
/// </remarks>
internal sealed class Evacuation(SpoolParts parts) : IAsyncDisposable
{
    /// <summary>A segment is emptied when what is needed of it is at most this share of its file.</summary>
    private const double SparseShare = 0.25;

    /// <summary>With more segments than this, old ones are emptied without waiting until they have rested.</summary>
    private const int ManySegments = 16;

    /// <summary>The youngest segments are left alone, for most of their mail is about to leave by itself.</summary>
    private const int YoungSegments = 8;

    private const long BytesInFlight = 1024 * 1024;

    private readonly CancellationTokenSource _stop = new();

    /// <summary>The evacuation under way, or the last one.</summary>
    public Task Running { get; private set; } = Task.CompletedTask;

    public void Tick()
    {
        if (Running.IsCompleted && !_stop.IsCancellationRequested && parts.Health.Current.IsHealthy && TakeSparse() is { } sparse)
        {
            Running = Task.Run(() => RunAsync(sparse));
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Running;
        _stop.Dispose();
    }

    private async Task RunAsync(Segment first)
    {
        for (Segment? sparse = first; sparse is not null; sparse = _stop.IsCancellationRequested ? null : TakeSparse())
        {
            await EmptyAsync(sparse);
        }
    }

    private Segment? TakeSparse()
        => parts.Index.TakeSparse(
            SparseShare, ManySegments, YoungSegments, s => parts.Time.GetElapsedTime(s.SealedAt) >= parts.Options.EvacuateAfter);

    private async Task EmptyAsync(Segment segment)
    {
        try
        {
            _stop.Token.ThrowIfCancellationRequested();
            SegmentScan scan = new SegmentScanner(parts.Disk).Scan(segment.File, segment.Name.Stamp, segment.Position);
            List<Task> moving = [];
            long bytes = 0;
            foreach (ScannedRecord record in scan.Records)
            {
                Task move = Move(segment, record);
                if (!move.IsCompletedSuccessfully)
                {
                    moving.Add(move);
                    bytes += record.Header.RecordLength;
                }

                if (bytes >= BytesInFlight)
                {
                    await Task.WhenAll(moving);
                    moving.Clear();
                    bytes = 0;
                    _stop.Token.ThrowIfCancellationRequested();
                }
            }

            await Task.WhenAll(moving);
        }
        catch (Exception e) when (e is SpoolUnavailableException or Storage.DiskException or OperationCanceledException)
        {
            Notify.Quietly(parts.Observer, $"emptying {segment.Name}: {e.Message}", static (o, m) => o.HousekeepingFailed(m));
        }
        finally
        {
            if (parts.Index.EndEvacuation(segment, parts.Time.GetTimestamp()))
            {
                parts.Housekeeper.Wake();
            }
        }
    }

    private Task Move(Segment segment, in ScannedRecord record)
    {
        RecordHeader header = record.Header;
        SpoolId id = new(header.Id);
        if (header.Type == RecordType.Done)
        {
            return parts.Index.FindSegment(header.Reference) is { } target && !ReferenceEquals(target, segment)
                ? MoveTombstoneAsync(id, header.Origin, target, segment)
                : Task.CompletedTask;
        }

        if (parts.Index.Find(id) is not { } entry || entry.Order != header.Origin)
        {
            return Task.CompletedTask;
        }

        return header.Type == RecordType.Update
            ? SubmitAsync(PendingRecord.MoveState(parts.Pool, entry, record.Meta, segment, record.Offset))
            : parts.Index.IsAt(entry, segment, record.Offset) ? MoveMessageAsync(entry, segment, record) : Task.CompletedTask;
    }

    private async Task MoveMessageAsync(SpoolEntry entry, Segment segment, ScannedRecord record)
    {
        int length = (int)(record.Header.MetaLength + record.Header.InlineLength);
        byte[] bytes = ArrayPool<byte>.Shared.Rent(length);
        try
        {
            int read = parts.Disk.ReadAll(segment.File, bytes.AsSpan(0, length), record.Offset + RecordHeader.Size);
            ReadOnlyMemory<byte> meta = bytes.AsMemory(0, record.Header.MetaLength);
            ReadOnlySequence<byte> body = new(bytes.AsMemory(record.Header.MetaLength, length - record.Header.MetaLength));
            bool isWhole = read == length && Crc32.HashToUInt32(meta.Span) == record.Header.MetaCrc
                && (entry.HasOwnFile || Crc32.HashToUInt32(body.FirstSpan) == entry.BodyCrc);

            // A damaged record stays where it is; copying it would only lend it a fresh look.
            if (isWhole)
            {
                await SubmitAsync(PendingRecord.Move(parts.Pool, entry, meta, body));
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(bytes);
        }
    }

    private async Task MoveTombstoneAsync(SpoolId id, ulong origin, Segment target, Segment old)
    {
        await SubmitAsync(PendingRecord.MoveTombstone(parts.Pool, id, origin, target));
        parts.Index.ReleaseTombstone(target, old);
    }

    private async Task SubmitAsync(PendingRecord record)
    {
        ValueTask task = record.AsTask(CancellationToken.None);
        if (!parts.Queue.TryAdd(record))
        {
            _ = record.TrySettle(new SpoolUnavailableException(SpoolUnavailableReason.Closed, "the spool is closed"));
            record.Release();
        }

        await task;
    }
}
