namespace Gateway.Mime.Structure;

/// <summary>A line that starts with two hyphens while a multipart is or was open, and is no delimiter of an open one.</summary>
/// <param name="text">The line without the hyphens and its end; cut at <see cref="BoundaryWalk.MaxDashLine"/> octets.</param>
/// <param name="offset">Octets from the start of DATA to the first hyphen.</param>
/// <param name="walk">The walk that saw it, with its open and ended multiparts.</param>
internal readonly ref struct DashLine(ReadOnlySpan<byte> text, long offset, BoundaryWalk walk)
{
    public ReadOnlySpan<byte> Text { get; } = text;

    public long Offset { get; } = offset;

    public BoundaryWalk Walk { get; } = walk;
}
