namespace Gateway.Mime;

/// <summary>The byte order mark a message starts with.</summary>
public enum ByteOrderMark
{
    /// <summary>None: what mail has.</summary>
    None,

    /// <summary>EF BB BF.</summary>
    Utf8,

    /// <summary>FE FF or FF FE, also as the start of UTF-32.</summary>
    Utf16,
}
