using Gateway.Mime.Fields;
using MimeKit;

namespace Gateway.Mime.Structure;

/// <summary>What an open part is.</summary>
internal enum PartKind
{
    Leaf,
    Multipart,
    Message,
}

/// <summary>One open level of the structure as MimeReader reports it; reused.</summary>
internal sealed class PartNode
{
    public PartKind Kind { get; set; }

    /// <summary>The type as MimeKit reads it.</summary>
    public ContentType ContentType { get; set; } = null!;

    public BodyEncoding Encoding { get; set; }

    /// <summary>The place among the parts of the enclosing level, from 1; 0 for the message itself.</summary>
    public int Index { get; set; }

    public int Children { get; set; }

    /// <summary>Where the header block starts.</summary>
    public long Begin { get; set; }

    public int BeginLine { get; set; }

    /// <summary>Where the body starts.</summary>
    public long BodyBegin { get; set; }

    /// <summary>Where the Content-Type field stands; where the part begins when it has none.</summary>
    public long TypeOffset { get; set; }

    public int TypeLength { get; set; }

    public int TypeLine { get; set; }

    /// <summary>For a leaf: lines end in CRLF and in LF.</summary>
    public bool HasMixedLines { get; set; }

    /// <summary>For a multipart: a delimiter was seen.</summary>
    public bool SawDelimiter { get; set; }

    /// <summary>For a multipart: its close delimiter was seen.</summary>
    public bool SawClose { get; set; }

    /// <summary>For a multipart: the boundary as MimeKit reads it; null when it has none.</summary>
    public string? Boundary { get; set; }
}
