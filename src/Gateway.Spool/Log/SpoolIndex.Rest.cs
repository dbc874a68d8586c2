using Gateway.Spool.Format;

namespace Gateway.Spool.Log;

/// <content>Segments at rest: which are emptied, and which are worth a hint.</content>
internal sealed partial class SpoolIndex
{
    /// <summary>The evacuation is over, whether it emptied the segment or not; true when it died.</summary>
    public bool EndEvacuation(Segment segment, long timestamp)
    {
        lock (_gate)
        {
            segment.Pins--;
            segment.IsEvacuating = false;
            segment.SealedAt = timestamp;
            CheckDead(segment);
            return segment.IsDead;
        }
    }

    /// <summary>The segment was sealed that long ago, and a good part of it is still needed.</summary>
    public bool IsFilledAndAtRest(Segment segment, Func<long, bool> rested)
    {
        lock (_gate)
        {
            return segment is { IsSealed: true, IsDead: false, IsEvacuating: false } && segment.LiveBytes > segment.FilledTo / 4 && rested(segment.SealedAt);
        }
    }

    /// <summary>A segment at rest that costs at most this share of its file to empty; pinned.</summary>
    /// <param name="share">0 to 1.</param>
    /// <param name="many">With more segments than this, old ones need not have rested.</param>
    /// <param name="young">How many of the newest segments are not old.</param>
    /// <param name="rested">Whether a segment was left alone for long enough.</param>
    public Segment? TakeSparse(double share, int many, int young, Func<Segment, bool> rested)
    {
        lock (_gate)
        {
            for (int i = 0; i < _segments.Count; i++)
            {
                Segment segment = _segments[i];
                long cost = segment.LiveBytes + (segment.Tombstones * RecordHeader.LengthOf(0, 0));
                bool isDue = (_segments.Count > many && i < _segments.Count - young && !segment.WasEvacuated) || rested(segment);
                if (segment is { IsSealed: true, IsDead: false, IsEvacuating: false } && cost <= segment.FilledTo * share && isDue)
                {
                    segment.IsEvacuating = true;
                    segment.WasEvacuated = true;
                    segment.Pins++;
                    return segment;
                }
            }

            return null;
        }
    }
}
