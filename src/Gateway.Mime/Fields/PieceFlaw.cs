namespace Gateway.Mime.Fields;

/// <summary>How far apart a flaw in RFC 2231 pieces drives readers.</summary>
internal enum PieceFlaw
{
    /// <summary>All pieces are there, but not in the order of their numbers, which has no meaning (RFC 2231 section 3).</summary>
    Unordered,

    /// <summary>The charset is missing or an escape is none: readers repair the value, leave it as it is, or drop it.</summary>
    Misencoded,

    /// <summary>A later piece begins with a charset, which some readers take off.</summary>
    Charset,

    /// <summary>The pieces make no value: each reader makes its own.</summary>
    Faulty,
}
