namespace Gateway.Spool.Log;

/// <summary>Where the record of a live message stands.</summary>
/// <param name="Segment">The segment.</param>
/// <param name="Offset">In the segment.</param>
/// <param name="HintAt">Where its header stands in the segment's hint; 0 when there is none.</param>
internal readonly record struct RecordPlace(Segment Segment, long Offset, uint HintAt);
