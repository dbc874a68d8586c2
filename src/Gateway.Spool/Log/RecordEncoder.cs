using System.Buffers;
using Gateway.Spool.Format;
using Gateway.Spool.Storage;

namespace Gateway.Spool.Log;

/// <summary>Turns what waits into records with their sequence numbers, and hands them to the batch.</summary>
/// <remarks>Threads: commit thread only.</remarks>
internal sealed class RecordEncoder(Disk disk, ulong lastSequence)
{
    private readonly BatchWriter _writer = new(disk);
    private ulong _sequence = lastSequence;
    private Segment _segment = null!;

    /// <summary>Where the next record goes in the segment.</summary>
    public long Position => _writer.Position;

    public void Begin(Segment segment)
    {
        _segment = segment;
        _writer.Begin(segment);
    }

    /// <summary>Writes what is buffered.</summary>
    public void Finish() => _writer.Finish();

    /// <summary>Adds a record that is about no message.</summary>
    public void EncodeMark(RecordType type)
    {
        RecordHeader header = new()
        {
            Type = type,
            Stamp = _segment.Name.Stamp,
            Sequence = ++_sequence,
            DurableTo = (uint)_segment.DurableTo,
        };
        _writer.Append(header, default, ReadOnlySequence<byte>.Empty);
    }

    /// <summary>Adds a record to the batch; its offset is -1 when there is nothing to write for it.</summary>
    public void Encode(PendingRecord record)
    {
        SpoolEntry? entry = record.Entry;
        record.Offset = -1;

        // What was completed meanwhile is not written again: a copy behind its Done record would bring it back to life.
        if (record.Kind != PendingKind.Barrier && !(entry is { IsGone: true } && record.Type != RecordType.Done) && !IsOvertaken(record))
        {
            ulong sequence = ++_sequence;
            if (entry is null && record.Kind == PendingKind.Message)
            {
                record.File?.Detach();
                entry = new SpoolEntry(record.Id, sequence, record.Meta.Length, record.BodyLength, record.BodyCrc, record.File?.Name ?? 0) { IsVerified = true };
                record.Entry = entry;
            }

            if (record.Kind is PendingKind.State or PendingKind.MovedState)
            {
                record.State = record.Meta.ToArray();
                entry!.HasStateUnderWay = true;
            }

            record.Offset = _writer.Position;
            RecordHeader header = new()
            {
                Type = record.Type,
                Stamp = _segment.Name.Stamp,
                Sequence = sequence,
                Origin = record.Tombstone?.Origin ?? entry!.Order,
                Id = record.Id.Value,
                Reference = record.Type == RecordType.Done ? (record.Tombstone?.Target ?? entry!.Segment).Number : entry!.BodyFile,
                BodyLength = record.BodyLength,
                MetaLength = record.Meta.Length,
                MetaCrc = record.MetaCrc,
                BodyCrc = record.BodyCrc,
                DurableTo = (uint)_segment.DurableTo,
            };
            _writer.Append(header, record.Meta.Span, record.Body);
        }

        record.MarkEncoded();
    }

    private static bool IsOvertaken(PendingRecord record)
        => record.MovedFrom is { } from
            && (record.Entry!.HasStateUnderWay || !ReferenceEquals(record.Entry.StateSegment, from.Segment) || record.Entry.StateOffset != from.Offset);
}
