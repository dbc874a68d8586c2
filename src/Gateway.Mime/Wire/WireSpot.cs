namespace Gateway.Mime;

/// <summary>A place in a message where the scanner saw something.</summary>
/// <param name="Offset">Octets from the start of DATA.</param>
/// <param name="Length">Octets of evidence.</param>
/// <param name="Line">The line, from 1; LF ends a line.</param>
public readonly record struct WireSpot(long Offset, long Length, int Line);
