namespace Gateway.Spool.Log;

/// <summary>Makes the hints of segments whose mail is going to stay for a while.</summary>
/// <remarks>Threads: the housekeeper's. Cost: reads one segment, most of it from the page cache, and writes an eighth of it, at most once a second.</remarks>
internal sealed class HintWriter(SpoolParts parts)
{
    /// <summary>Most mail leaves within seconds; its segments need no hint.</summary>
    private static readonly TimeSpan s_rest = TimeSpan.FromSeconds(10);

    /// <summary>Makes one hint that is due, if any.</summary>
    public void WriteNext()
    {
        if (!parts.Health.Current.IsHealthy)
        {
            // What room is left is for mail.
            return;
        }

        foreach (Segment segment in parts.Index.Segments())
        {
            if (!segment.IsHinted && parts.Index.IsFilledAndAtRest(segment, sealedAt => parts.Time.GetElapsedTime(sealedAt) >= s_rest))
            {
                // Tried once: one that fails is read at the start, as all were before there were hints.
                segment.IsHinted = true;
                SegmentScan scan = new SegmentScanner(parts.Disk).Scan(segment.File, segment.Name.Stamp, segment.Capacity);
                _ = SegmentHint.TryWrite(parts.Disk, parts.Paths, segment, scan);
                return;
            }
        }
    }

    /// <summary>The segment is gone, and so goes its hint.</summary>
    public void Remove(Segment segment)
    {
        if (segment.IsHinted)
        {
            parts.Disk.Delete(parts.Paths.Hint(segment.Name));
        }
    }
}
