using System.Globalization;
using Gateway.Spool.Format;
using Gateway.Spool.Storage;
using Microsoft.Win32.SafeHandles;

namespace Gateway.Spool.Log;

/// <summary>Rebuilds the index from the segments of a directory.</summary>
/// <remarks>
/// Promises: every acknowledged message that is not completed is live, unless its own bytes are damaged; damage costs only
/// the record it hit and is reported. A record of the last batch that was never acknowledged may come back (its sender tries
/// again: a duplicate, which SMTP allows) or is left out when it is torn.
/// Cost: reads headers, not bodies, but for the last batch of each segment; of a segment that has a hint the hint alone.
/// </remarks>
internal sealed class Recovery(Disk disk, SpoolPaths paths, SpoolIndex index, TimeProvider time, bool byHints)
{
    private readonly Dictionary<ulong, Segment> _segments = [];
    private readonly List<SpoolDamage> _damage = [];

    // Damage to a message counts only if no Done record turns up for it.
    private readonly Dictionary<(ulong Id, ulong Origin), SpoolDamage> _damagedMessages = [];
    private readonly HashSet<SpoolEntry> _unproven = [];

    // A message that was moved stands behind its state.
    private readonly Dictionary<(ulong Id, ulong Origin), (byte[] State, Segment Segment, long Offset)> _earlyStates = [];
    private readonly List<SegmentCut> _cuts = [];
    private readonly List<DiskFile> _spares = [];
    private readonly Dictionary<ulong, long> _bodyFiles = [];
    private long _records;
    private long _completed;
    private int _torn;
    private ulong _lastNumber;

    /// <summary>The highest sequence number in use.</summary>
    public ulong LastSequence { get; private set; }

    public ulong NextNumber => _lastNumber + 1;

    /// <summary>Spare segment files.</summary>
    public IReadOnlyList<DiskFile> Spares => _spares;

    /// <summary>Cuts of segments that still exist.</summary>
    public IReadOnlyList<SegmentCut> Cuts => _cuts;

    public RecoveryReport Run(CancellationToken cancellation)
    {
        long started = time.GetTimestamp();
        ListBodyFiles();
        List<Segment> segments = OpenSegments();
        try
        {
            foreach ((Segment segment, SegmentScan scan) in new ReadAhead(disk, segments, _cuts, byHints ? paths : null).Scan(cancellation))
            {
                Take(segment, scan);
            }

            CheckBodyFiles();
            _damage.AddRange(_damagedMessages.Values);
            int orphans = RemoveOrphans();
            long now = time.GetTimestamp();
            segments.ForEach(segment => index.Seal(segment, now));
            return new RecoveryReport
            {
                Segments = segments.Count,
                Records = _records,
                Live = index.Count,
                Completed = _completed,
                Torn = _torn,
                Damage = _damage,
                OrphanFiles = orphans,
                Hinted = segments.Count(static segment => segment.Hint is not null),
                Elapsed = time.GetElapsedTime(started),
            };
        }
        catch
        {
            segments.ForEach(static segment => segment.Dispose());
            throw;
        }
    }

    private List<Segment> OpenSegments()
    {
        List<SegmentName> names = [];
        foreach (DiskFile file in disk.List(paths.Log))
        {
            if (SegmentName.TryParse(file.Name, out SegmentName name))
            {
                names.Add(name);
            }
            else if (file.Name.StartsWith(SegmentName.SparePrefix, StringComparison.Ordinal))
            {
                _spares.Add(file);
            }
        }

        names.Sort(static (a, b) => a.Number.CompareTo(b.Number));
        List<Segment> segments = [];
        Span<byte> page = stackalloc byte[SegmentHeader.Size];
        foreach (SegmentName name in names)
        {
            string path = Path.Combine(paths.Log, name.ToString());
            SafeFileHandle file = disk.Open(path, create: false);
            long length = disk.Length(file);
            Segment segment = new(name, path, file, length, length);
            segments.Add(segment);
            int read = disk.ReadAll(file, page, 0);
            if (SegmentHeader.Read(page[..read]) is { } header && header.Name == name)
            {
                if (header.Version > SegmentHeader.CurrentVersion)
                {
                    segments.ForEach(static s => s.Dispose());
                    throw new SpoolOpenException(
                        $"{path} has format version {header.Version}; this program reads up to {SegmentHeader.CurrentVersion}. Start the newer version.");
                }

                _cuts.AddRange(header.Cuts);
            }

            _segments.Add(name.Number, segment);
            index.AddSegment(segment);
            _lastNumber = Math.Max(_lastNumber, name.Number);
        }

        // Numbers are not used twice, not even those of segments that are gone.
        _cuts.ForEach(cut => _lastNumber = Math.Max(_lastNumber, cut.Number));
        SegmentCut[] standing = [.. _cuts.Distinct().Where(c => _segments.TryGetValue(c.Number, out Segment? s) && s.Name.Stamp == c.Stamp)];
        _cuts.Clear();
        _cuts.AddRange(standing);
        return segments;
    }

    private void Take(Segment segment, SegmentScan scan)
    {
        IReadOnlyList<ScannedRecord> records = scan.Records;
        bool isCut = segment.Ending == SegmentEnding.Cut;
        segment.Position = scan.End;
        segment.Scanned = records.Count;
        long proven = scan.Proven;
        foreach ((long offset, long length) in scan.Gaps)
        {
            if (offset < proven)
            {
                Damaged(DamageKind.Unreadable, segment, offset, length, null, RecordsLostAt(offset, records));
            }
            else
            {
                _torn++;
            }
        }

        _torn += scan.HasTornTail ? 1 : 0;
        foreach (ScannedRecord record in records)
        {
            LastSequence = Math.Max(LastSequence, record.Header.Sequence);
            if (IsWhole(segment, record, proven))
            {
                _records++;
                Apply(segment, record, proven);
            }
        }

        if (!scan.IsClosed && !isCut)
        {
            // What was read may be in the page cache only, and body files are about to be removed because of it.
            disk.FlushData(segment.File);
        }
    }

    /// <summary>Decides about a record with a whole header: torn ones were never acknowledged, damaged ones are reported.</summary>
    private bool IsWhole(Segment segment, in ScannedRecord record, long proven)
    {
        RecordHeader header = record.Header;
        bool isProven = record.End <= proven;
        bool isWhole = record.IsMetaWhole && (isProven || record.IsEndWhole);
        if (isWhole && !(isProven && record.IsEndWhole) && header.Type == RecordType.Message
            && !BodyCheck.Matches(disk, segment.File, BodyOffset(record), header.BodyLength, header.BodyCrc))
        {
            isWhole = isProven;
            if (isProven)
            {
                Damaged(DamageKind.Body, segment, record.Offset, header.RecordLength, header);
            }
        }

        if (!record.IsMetaWhole && isProven)
        {
            Damaged(DamageKind.Header, segment, record.Offset, header.RecordLength, header);
        }

        _torn += isWhole || isProven ? 0 : 1;
        return isWhole;
    }

    private void Apply(Segment segment, in ScannedRecord record, long proven)
    {
        RecordHeader header = record.Header;
        SpoolId id = new(header.Id);
        SpoolEntry? entry = index.Find(id);
        switch (header.Type)
        {
            case RecordType.Message or RecordType.MessageFile when entry is not null && entry.Order == header.Origin:
                index.Move(entry, segment, record.Offset, record.HintAt);
                break;
            case RecordType.Message or RecordType.MessageFile:
                AddMessage(segment, record, entry, proven);
                break;
            case RecordType.Update when entry is not null && entry.Order == header.Origin:
                index.SetState(entry, record.Meta!, segment, record.Offset);
                break;
            case RecordType.Update:
                _earlyStates[(header.Id, header.Origin)] = (record.Meta!, segment, record.Offset);
                break;
            case RecordType.Done:
                _ = _damagedMessages.Remove((header.Id, header.Origin));
                _ = _earlyStates.Remove((header.Id, header.Origin));
                if (entry is not null && entry.Order == header.Origin)
                {
                    _ = index.Remove(id, entry);
                    index.Bury(entry, segment);
                    _completed++;
                }

                if (_segments.TryGetValue(header.Reference, out Segment? target) && !ReferenceEquals(target, entry?.Segment))
                {
                    index.HoldTombstone(target, segment);
                }

                break;
            default:
                break;
        }
    }

    private static long RecordsLostAt(long gap, IReadOnlyList<ScannedRecord> records)
    {
        int next = records.TakeWhile(record => record.Offset < gap).Count();
        return next > 0 && next < records.Count ? (long)(records[next].Header.Sequence - records[next - 1].Header.Sequence) - 1 : 0;
    }

    private void AddMessage(Segment segment, in ScannedRecord record, SpoolEntry? rival, long proven)
    {
        RecordHeader header = record.Header;
        SpoolId id = new(header.Id);
        if (rival is not null)
        {
            RecordHeader former = header with { Origin = rival.Order };
            Damaged(DamageKind.DuplicateId, rival.Segment, rival.Offset, rival.RecordBytes, former);
            _ = index.Remove(id, rival);
            index.Bury(rival, segment);
        }

        ulong file = header.Type == RecordType.MessageFile ? header.Reference : 0;
        SpoolEntry entry = new(id, header.Origin, header.MetaLength, header.BodyLength, header.BodyCrc, file) { HintAt = record.HintAt };
        _ = index.TryAdd(entry, segment, record.Offset);
        if (_earlyStates.Remove((header.Id, header.Origin), out (byte[] State, Segment Segment, long Offset) early))
        {
            index.SetState(entry, early.State, early.Segment, early.Offset);
        }

        if (record.End > proven)
        {
            _ = _unproven.Add(entry);
        }
    }

    /// <summary>Looks for the files of the messages that are live in the end; those of completed ones are rightly gone.</summary>
    private void CheckBodyFiles()
    {
        foreach (SpoolEntry entry in index.WithOwnFile())
        {
            if (_bodyFiles.Remove(entry.BodyFile, out long length) && length == entry.BodyLength)
            {
                continue;
            }

            if (_unproven.Contains(entry))
            {
                // Its commit failed and its sender knows.
                _torn++;
                _ = index.Remove(entry.Id, entry);
                index.Bury(entry, entry.Segment);
                continue;
            }

            _damage.Add(new SpoolDamage(DamageKind.BodyFile, entry.Segment.Name.ToString(), entry.Offset, entry.RecordBytes, entry.Id));
        }
    }

    private void Damaged(DamageKind kind, Segment segment, long offset, long length, RecordHeader? message, long lost = 1)
    {
        SpoolDamage damage = new(kind, segment.Name.ToString(), offset, length, message is { } of ? new SpoolId(of.Id) : null) { Records = lost };
        if (message is { IsMessage: true } header)
        {
            _damagedMessages[(header.Id, header.Origin)] = damage;
        }
        else
        {
            _damage.Add(damage);
        }

        if (length > int.MaxValue)
        {
            return;
        }

        // The segment goes when its last message goes; what could not be read is kept for a person.
        string path = Path.Combine(paths.Damaged, string.Create(CultureInfo.InvariantCulture, $"{segment.Name}-{offset:x8}"));
        try
        {
            disk.CreateDirectory(paths.Damaged);
            using SafeFileHandle copy = disk.Open(path, create: true);
            byte[] bytes = new byte[length];
            disk.WriteAll(copy, bytes.AsSpan(0, disk.ReadAll(segment.File, bytes, offset)), 0);
        }
        catch (DiskException)
        {
            // It was copied by an earlier start, or there is no room; the report has it either way.
        }
    }

    private void ListBodyFiles()
    {
        foreach (DiskFile file in disk.List(paths.Large))
        {
            if (SpoolPaths.TryParseBody(file.Name, out ulong name))
            {
                _bodyFiles.Add(name, file.Length);
            }
        }
    }

    /// <summary>Removes the files that no live message named, and hints of segments that are gone.</summary>
    private int RemoveOrphans()
    {
        foreach (ulong name in _bodyFiles.Keys)
        {
            disk.Delete(paths.Body(name));
        }

        foreach (DiskFile hint in byHints ? disk.List(paths.Hints) : [])
        {
            if (!SegmentName.TryParse(Path.ChangeExtension(hint.Name, SegmentName.Extension), out SegmentName name)
                || !_segments.TryGetValue(name.Number, out Segment? segment) || segment.Name != name)
            {
                disk.Delete(Path.Combine(paths.Hints, hint.Name));
            }
        }

        return _bodyFiles.Count;
    }

    private static long BodyOffset(in ScannedRecord record) => record.Offset + RecordHeader.Size + record.Header.MetaLength;
}
