namespace Gateway.Mime.Fields;

/// <summary>What is wrong, or read differently, in a MIME field, as our own reading of the grammar sees it.</summary>
[Flags]
internal enum FieldFlaws
{
    None = 0,

    /// <summary>Nothing but white space.</summary>
    Empty = 1 << 0,

    /// <summary>No slash, or no token on one side of it.</summary>
    NoSlash = 1 << 1,

    /// <summary>A second slash behind the subtype.</summary>
    DoubleSlash = 1 << 2,

    /// <summary>Two semicolons in a row.</summary>
    EmptyParameter = 1 << 3,

    /// <summary>A semicolon at the end; cosmetic.</summary>
    TrailingSemicolon = 1 << 4,

    /// <summary>Text behind a complete type or value, before the next semicolon.</summary>
    Junk = 1 << 5,

    /// <summary>A parameter without an equals sign.</summary>
    MissingEquals = 1 << 6,

    /// <summary>A parameter without a value.</summary>
    EmptyValue = 1 << 7,

    /// <summary>A quoted string that never ends.</summary>
    UnterminatedQuote = 1 << 8,

    /// <summary>A comment that never ends.</summary>
    UnterminatedComment = 1 << 9,

    /// <summary>A comment; legal, but read differently.</summary>
    Comment = 1 << 10,

    /// <summary>White space around an equals sign; not in the grammar, but common.</summary>
    BlankAroundEquals = 1 << 11,

    /// <summary>A value with characters that need quotes.</summary>
    UnquotedSpecials = 1 << 12,

    /// <summary>A type, subtype or attribute with characters no token may have.</summary>
    BadToken = 1 << 13,

    /// <summary>More parameters than are kept.</summary>
    TooManyParameters = 1 << 14,

    /// <summary>The name of a file has blanks and no quotes.</summary>
    NameGoesOn = 1 << 15,
}
