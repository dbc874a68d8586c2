using Gateway.Spool.Log;

namespace Gateway.Spool;

/// <summary>A message that is in the spool and not completed.</summary>
/// <remarks>Cost: about 100 bytes each, the state aside; header and body stay on disk.</remarks>
public sealed class SpoolEntry
{
    private byte[] _state = [];

    internal SpoolEntry(SpoolId id, ulong order, int headerLength, long bodyLength, uint bodyCrc, ulong bodyFile)
    {
        Id = id;
        Order = order;
        HeaderLength = headerLength;
        BodyLength = bodyLength;
        BodyCrc = bodyCrc;
        BodyFile = bodyFile;
    }

    /// <summary>The id it was committed under.</summary>
    public SpoolId Id { get; }

    /// <summary>Grows with the order of commits, also over restarts.</summary>
    public ulong Order { get; }

    /// <summary>Bytes of the header.</summary>
    public int HeaderLength { get; }

    /// <summary>Bytes of the body.</summary>
    public long BodyLength { get; }

    /// <summary>The state last made durable by <see cref="Spool.UpdateAsync"/>; empty before the first.</summary>
    public ReadOnlyMemory<byte> State => Volatile.Read(ref _state);

    /// <summary>The body has its own file.</summary>
    public bool HasOwnFile => BodyFile != 0;

    internal uint BodyCrc { get; }

    /// <summary>The name of the body's own file; 0 when the body is in the segment.</summary>
    internal ulong BodyFile { get; }

    // Guarded by the lock of SpoolIndex.

    internal Segment Segment { get; set; } = null!;

    internal uint Offset { get; set; }

    /// <summary>Where its header stands in the hint of the segment; 0 when it has to be read there.</summary>
    internal uint HintAt { get; set; }

    internal Segment? StateSegment { get; set; }

    internal uint StateOffset { get; set; }

    /// <summary>Its checksum was seen to match in this process, or it was written by it.</summary>
    internal bool IsVerified { get; set; }

    /// <summary>The caller completed it; its Done record may still be on its way.</summary>
    internal bool IsGone { get; set; }

    /// <summary>A Done record was written for it.</summary>
    internal bool IsBuried { get; set; }

    /// <summary>A newer state is written but not yet known durable. Commit thread only.</summary>
    internal bool HasStateUnderWay { get; set; }

    internal long RecordBytes => Format.RecordHeader.LengthOf(HeaderLength, HasOwnFile ? 0 : BodyLength);

    internal long StateBytes => Format.RecordHeader.LengthOf(_state.Length, 0);

    internal void SetState(byte[] state) => Volatile.Write(ref _state, state);
}
