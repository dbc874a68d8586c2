namespace Gateway.Mime;

/// <summary>What one pass over the raw octets of a message established, before any parser saw them.</summary>
/// <remarks>Promises: the facts do not depend on how the octets were split when they arrived.</remarks>
public sealed class WireFacts
{
    /// <summary>The size of the message in octets.</summary>
    public long Length { get; internal set; }

    /// <summary>Lines, counted by LF; a last line without LF counts.</summary>
    public int Lines { get; internal set; }

    /// <summary>Offset of the first octet behind the top header block and its empty line; <see cref="Length"/> when it never ended.</summary>
    public long HeaderEnd { get; internal set; }

    /// <summary>True when an empty line ended the top header block.</summary>
    public bool HasSeparator { get; internal set; }

    /// <summary>Lines of the top header block that start a field.</summary>
    public int HeaderFields { get; internal set; }

    /// <summary>The largest field of the top header block with its continuation lines and line ends.</summary>
    public WireSpot LargestField { get; internal set; }

    /// <summary>What the first line is.</summary>
    public FirstLine FirstLine { get; internal set; }

    /// <summary>Octets of the first line with its end; 0 when the message has none.</summary>
    public int FirstLineLength { get; internal set; }

    /// <summary>The byte order mark at offset 0.</summary>
    public ByteOrderMark ByteOrderMark { get; internal set; }

    /// <summary>LF without CR before it.</summary>
    public WireSpots BareLf { get; } = new();

    /// <summary>CR without LF behind it.</summary>
    public WireSpots BareCr { get; } = new();

    /// <summary>Octets of value zero in the top header block.</summary>
    public WireSpots NulInHeader { get; } = new();

    /// <summary>Octets of value zero behind the top header block.</summary>
    public WireSpots NulInBody { get; } = new();

    /// <summary>Lone dots that are not delimited by CRLF on both sides.</summary>
    public WireSpots NonstandardEndOfData { get; } = new();

    /// <summary>Lines longer than 998 octets without their end (CRLF or LF).</summary>
    public WireSpots OverlongLines { get; } = new();

    /// <summary>The longest line; its length does not count the line end.</summary>
    public WireSpot LongestLine { get; internal set; }

    /// <summary>Offset of the first octet above 127; -1 when all is US-ASCII.</summary>
    public long FirstEightBit { get; internal set; } = -1;

    /// <summary>True when the last two octets are CRLF.</summary>
    public bool EndsWithCrlf { get; internal set; }

    /// <summary>True when a hard bound was passed: no parser may read the message.</summary>
    public bool OverHardLimit { get; internal set; }

    /// <summary>True when every octet is fit to travel: CRLF line ends only, no NUL.</summary>
    public bool CleanFraming => BareLf.Count == 0 && BareCr.Count == 0 && NulInHeader.Count == 0 && NulInBody.Count == 0;
}
