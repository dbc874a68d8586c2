namespace Gateway.Mime.Fields;

/// <summary>What is wrong, or read differently, in a list of addresses.</summary>
[Flags]
internal enum AddressFlaws
{
    None = 0,

    /// <summary>An angle bracket without its partner, or one inside another.</summary>
    UnbalancedAngle = 1 << 0,

    /// <summary>A quoted string that never ends.</summary>
    OpenQuote = 1 << 1,

    /// <summary>A comment that never ends, or an end without beginning.</summary>
    OpenComment = 1 << 2,

    /// <summary>A local part without domain.</summary>
    NoDomain = 1 << 3,

    /// <summary>A domain without local part.</summary>
    HostOnly = 1 << 4,

    /// <summary>Two addresses without a comma between them, or with another separator.</summary>
    MissingComma = 1 << 5,

    /// <summary>Words around an address that has no angle brackets, or behind its brackets.</summary>
    StrayText = 1 << 6,

    /// <summary>More than one at sign in one address.</summary>
    TwoAts = 1 << 7,

    /// <summary>A group that never ends, or a group within a group.</summary>
    BadGroup = 1 << 8,

    /// <summary>Angle brackets around nothing.</summary>
    Empty = 1 << 9,

    /// <summary>A source route (RFC 5322 4.4).</summary>
    Route = 1 << 10,

    /// <summary>An encoded word where the address itself stands.</summary>
    EncodedWord = 1 << 11,

    /// <summary>An octet above 127 in the address itself.</summary>
    EightBit = 1 << 12,

    /// <summary>A bracket or backslash in a name without quotes, at which some readers stop.</summary>
    NameSpecials = 1 << 13,
}
