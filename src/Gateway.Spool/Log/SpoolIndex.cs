namespace Gateway.Spool.Log;

/// <summary>What is live and where, and which segments nothing needs any more.</summary>
/// <remarks>
/// The rule that keeps completed mail from coming back: a segment may vanish only when no live message needs a record of it
/// and no record of it is a tombstone for a segment that still exists. A tombstone is a Done record for a message of
/// another segment, or the copy of a message that was moved out of another segment.
/// Threads: any; one short lock.
/// </remarks>
internal sealed partial class SpoolIndex
{
    private readonly Lock _gate = new();
    private readonly Dictionary<ulong, SpoolEntry> _live = [];
    private readonly List<Segment> _segments = [];
    private readonly List<Segment> _dead = [];

    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _live.Count;
            }
        }
    }

    public bool Contains(SpoolId id)
    {
        lock (_gate)
        {
            return _live.ContainsKey(id.Value);
        }
    }

    public SpoolEntry? Find(SpoolId id)
    {
        lock (_gate)
        {
            return _live.GetValueOrDefault(id.Value);
        }
    }

    public SpoolEntry[] Snapshot()
    {
        SpoolEntry[] entries;
        lock (_gate)
        {
            entries = [.. _live.Values];
        }

        Array.Sort(entries, static (a, b) => a.Order.CompareTo(b.Order));
        return entries;
    }

    public SpoolEntry[] WithOwnFile()
    {
        lock (_gate)
        {
            return [.. _live.Values.Where(static entry => entry.HasOwnFile)];
        }
    }

    public Segment[] Segments()
    {
        lock (_gate)
        {
            return [.. _segments];
        }
    }

    /// <summary>The segment of this number, unless its file is gone.</summary>
    public Segment? FindSegment(ulong number)
    {
        lock (_gate)
        {
            return _segments.Find(segment => segment.Number == number);
        }
    }

    /// <summary>The live record of the message stands at this place.</summary>
    public bool IsAt(SpoolEntry entry, Segment segment, long offset)
    {
        lock (_gate)
        {
            return !entry.IsGone && ReferenceEquals(entry.Segment, segment) && entry.Offset == offset;
        }
    }

    public void AddSegment(Segment segment)
    {
        lock (_gate)
        {
            _segments.Add(segment);
        }
    }

    /// <summary>Nothing is appended to the segment any more, so it may die.</summary>
    public void Seal(Segment segment, long timestamp)
    {
        lock (_gate)
        {
            segment.IsSealed = true;
            segment.SealedAt = timestamp;
            CheckDead(segment);
        }
    }

    /// <summary>Makes a durable message visible; false when its id is live already.</summary>
    public bool TryAdd(SpoolEntry entry, Segment segment, long offset)
    {
        lock (_gate)
        {
            entry.Segment = segment;
            entry.Offset = (uint)offset;
            segment.Live++;
            segment.LiveBytes += entry.RecordBytes;
            return !entry.IsGone && _live.TryAdd(entry.Id.Value, entry);
        }
    }

    /// <summary>Takes a message out of sight; null when it is not live.</summary>
    public SpoolEntry? Remove(SpoolId id)
    {
        lock (_gate)
        {
            if (!_live.Remove(id.Value, out SpoolEntry? entry))
            {
                return null;
            }

            entry.IsGone = true;
            return entry;
        }
    }

    /// <summary>Takes this very message out of sight; false when it is not the live one of its id.</summary>
    public bool Remove(SpoolId id, SpoolEntry entry)
    {
        lock (_gate)
        {
            if (!ReferenceEquals(_live.GetValueOrDefault(id.Value), entry))
            {
                return false;
            }

            entry.IsGone = true;
            return _live.Remove(id.Value);
        }
    }

    /// <summary>A newer state of the message stands at the offset.</summary>
    public void SetState(SpoolEntry entry, byte[] state, Segment segment, long offset)
    {
        lock (_gate)
        {
            if (entry.IsBuried)
            {
                return;
            }

            ReleaseState(entry);
            entry.SetState(state);
            entry.StateSegment = segment;
            entry.StateOffset = (uint)offset;
            segment.Live++;
            segment.LiveBytes += entry.StateBytes;
        }
    }

    /// <summary>A Done record for the message was written to the segment.</summary>
    public void Bury(SpoolEntry entry, Segment tombstoneAt)
    {
        lock (_gate)
        {
            Hold(entry.Segment, tombstoneAt);
            if (entry.IsBuried)
            {
                return;
            }

            entry.IsBuried = true;
            entry.IsGone = true;
            ReleaseState(entry);
            entry.Segment.Live--;
            entry.Segment.LiveBytes -= entry.RecordBytes;
            CheckDead(entry.Segment);
        }
    }

    /// <summary>A copy of the message stands in a newer segment; the old record must not count any more.</summary>
    public void Move(SpoolEntry entry, Segment segment, long offset, uint hintAt = 0)
    {
        lock (_gate)
        {
            Segment old = entry.Segment;
            Hold(old, segment);
            if (entry.IsBuried)
            {
                return;
            }

            old.Live--;
            old.LiveBytes -= entry.RecordBytes;
            (entry.Segment, entry.Offset, entry.HintAt) = (segment, (uint)offset, hintAt);
            segment.Live++;
            segment.LiveBytes += entry.RecordBytes;
            CheckDead(old);
        }
    }

    /// <summary>A Done record stands in one segment for a record of another, whatever the index knows of the message.</summary>
    public void HoldTombstone(Segment target, Segment tombstoneAt)
    {
        lock (_gate)
        {
            Hold(target, tombstoneAt);
        }
    }

    /// <summary>One tombstone for the target that stood in the old segment stands elsewhere now, durably.</summary>
    public void ReleaseTombstone(Segment target, Segment old)
    {
        lock (_gate)
        {
            if (target.BuriedIn.TryGetValue(old, out int count))
            {
                if (count == 1)
                {
                    target.BuriedIn.Remove(old);
                }
                else
                {
                    target.BuriedIn[old] = count - 1;
                }

                old.Tombstones--;
                CheckDead(old);
            }
        }
    }

    /// <summary>Keeps the segment of a live message from vanishing while it is read; null when the message is not live.</summary>
    public SpoolEntry? Pin(SpoolId id, out RecordPlace place)
    {
        lock (_gate)
        {
            if (!_live.TryGetValue(id.Value, out SpoolEntry? entry))
            {
                place = default;
                return null;
            }

            place = new RecordPlace(entry.Segment, entry.Offset, entry.HintAt);
            entry.Segment.Pins++;
            return entry;
        }
    }

    /// <summary>Ends a <see cref="Pin"/>; true when that made a segment dead.</summary>
    public bool Unpin(Segment segment)
    {
        lock (_gate)
        {
            segment.Pins--;
            CheckDead(segment);
            return segment.IsDead;
        }
    }

    public bool HasDead
    {
        get
        {
            lock (_gate)
            {
                return _dead.Count > 0;
            }
        }
    }

    /// <summary>The segments that died since the last call.</summary>
    public Segment[] TakeDead()
    {
        lock (_gate)
        {
            if (_dead.Count == 0)
            {
                return [];
            }

            Segment[] dead = [.. _dead];
            _dead.Clear();
            return dead;
        }
    }

    /// <summary>The file could not be removed; it is offered again.</summary>
    public void ReturnDead(Segment segment)
    {
        lock (_gate)
        {
            _dead.Add(segment);
        }
    }

    /// <summary>The file is durably gone, so what stood elsewhere to keep it silent is not needed any more.</summary>
    public void Vanished(Segment segment)
    {
        lock (_gate)
        {
            _segments.Remove(segment);
            segment.HasVanished = true;
            foreach ((Segment holder, int count) in segment.BuriedIn)
            {
                holder.Tombstones -= count;
                CheckDead(holder);
            }

            segment.BuriedIn.Clear();
        }
    }

    private void ReleaseState(SpoolEntry entry)
    {
        if (entry.StateSegment is { } old)
        {
            old.Live--;
            old.LiveBytes -= entry.StateBytes;
            entry.StateSegment = null;
            CheckDead(old);
        }
    }

    private static void Hold(Segment target, Segment tombstoneAt)
    {
        // In the same file message and tombstone vanish together. A segment that is gone needs no tombstone.
        if (ReferenceEquals(target, tombstoneAt) || target.HasVanished)
        {
            return;
        }

        target.BuriedIn[tombstoneAt] = target.BuriedIn.GetValueOrDefault(tombstoneAt) + 1;
        tombstoneAt.Tombstones++;
    }

    private void CheckDead(Segment segment)
    {
        if (!segment.IsNeeded && !segment.IsDead)
        {
            segment.IsDead = true;
            _dead.Add(segment);
        }
    }
}
