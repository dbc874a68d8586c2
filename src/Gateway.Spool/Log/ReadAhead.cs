using Gateway.Spool.Format;
using Gateway.Spool.Storage;

namespace Gateway.Spool.Log;

/// <summary>Scans segments on several threads and hands them out in order, so that a start with a cold page cache waits for the disk once, not for each page.</summary>
/// <remarks>Cost: a few segments' records in memory ahead of the one that is taken, some 100 bytes each.</remarks>
/// <param name="disk">The file system.</param>
/// <param name="segments">What to scan.</param>
/// <param name="cuts">Where segments that failed end.</param>
/// <param name="hints">Where hints are, which are read instead of their segments; null to read the segments.</param>
internal sealed class ReadAhead(Disk disk, IReadOnlyList<Segment> segments, IReadOnlyList<SegmentCut> cuts, SpoolPaths? hints)
{
    private const int Ahead = 4;

    /// <summary>The segments with what is in them, in the order they were given.</summary>
    /// <exception cref="DiskException">One cannot be read.</exception>
    public IEnumerable<(Segment Segment, SegmentScan Scan)> Scan(CancellationToken cancellation)
    {
        Queue<Task<SegmentScan>> running = new();
        try
        {
            int next = 0;
            foreach (Segment segment in segments)
            {
                while (next < segments.Count && running.Count < Ahead)
                {
                    cancellation.ThrowIfCancellationRequested();
                    Segment ahead = segments[next++];
                    running.Enqueue(Task.Run(() => Scan(ahead), CancellationToken.None));
                }

                yield return (segment, running.Dequeue().GetAwaiter().GetResult());
            }
        }
        finally
        {
            Await(running);
        }
    }

    /// <summary>The caller closes the files when the reading ends early: not under a scan.</summary>
    private static void Await(IEnumerable<Task> running)
    {
        try
        {
            Task.WaitAll([.. running]);
        }
        catch (AggregateException)
        {
            // Another one failed first, and is what the caller hears of.
        }
    }

    private SegmentScan Scan(Segment segment)
    {
        long limit = segment.Capacity;
        foreach (SegmentCut cut in cuts)
        {
            if (cut.Number == segment.Number)
            {
                limit = Math.Min(limit, cut.Offset);
                segment.Ending = SegmentEnding.Cut;
            }
        }

        if (hints is not null && segment.Ending != SegmentEnding.Cut && SegmentHint.TryRead(disk, hints, segment) is { } hinted)
        {
            segment.Ending = SegmentEnding.Closed;
            segment.IsHinted = true;
            return hinted;
        }

        SegmentScan scan = new SegmentScanner(disk).Scan(segment.File, segment.Name.Stamp, limit);
        if (segment.Ending == SegmentEnding.Cut)
        {
            // What is before the cut was durable when it was made.
            return scan with { Proven = limit };
        }

        segment.Ending = scan.IsClosed ? SegmentEnding.Closed : SegmentEnding.Open;
        return scan;
    }
}
