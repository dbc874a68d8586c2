namespace Gateway.Mime.Structure;

/// <summary>An open level of the walk: a multipart with its boundary, or an embedded message.</summary>
internal struct OpenMultipart
{
    /// <summary>The boundary as we read it; null for an embedded message.</summary>
    public byte[]? Boundary;

    /// <summary>Parts begun so far.</summary>
    public int Children;

    /// <summary>Parts without Content-Type are messages (multipart/digest).</summary>
    public bool IsDigest;
}

/// <summary>A multipart that is over.</summary>
/// <param name="Boundary">Its boundary.</param>
/// <param name="Closed">True by its close delimiter, false by a delimiter of an outer multipart.</param>
internal readonly record struct EndedMultipart(byte[] Boundary, bool Closed);
