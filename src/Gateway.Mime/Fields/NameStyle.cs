namespace Gateway.Mime.Fields;

/// <summary>How a reader comes to a file name.</summary>
internal enum NameStyle
{
    /// <summary>By the letter of RFC 2045, RFC 2183 and RFC 2231.</summary>
    Strict,

    /// <summary>By the letter, but from Content-Type.</summary>
    InType,

    /// <summary>Decoding encoded words in it (RFC 2047 section 5 forbids them there).</summary>
    Words,

    /// <summary>Ending it at the first octet that no token may have.</summary>
    AtSpecial,

    /// <summary>Reading on over blanks, to the semicolon.</summary>
    ToSemicolon,

    /// <summary>Reading on over the semicolon.</summary>
    OverSemicolon,

    /// <summary>Ending it at the fold.</summary>
    AtFold,

    /// <summary>Joining the lines without blanks.</summary>
    Unfolded,

    /// <summary>Keeping backslashes.</summary>
    KeepingEscapes,

    /// <summary>Taking quotation marks and backslashes out.</summary>
    Unmarked,

    /// <summary>Cutting it at a control character.</summary>
    AtControl,

    /// <summary>Taking control characters out.</summary>
    WithoutControls,

    /// <summary>Joining pieces by their numbers, up to the first that is missing.</summary>
    UpToGap,

    /// <summary>Joining pieces by their numbers, whatever is missing.</summary>
    Sorted,

    /// <summary>Joining pieces as they stand.</summary>
    AsWritten,

    /// <summary>Taking one piece, or the plain value beside the pieces.</summary>
    OnePiece,

    /// <summary>Repairing an encoded value.</summary>
    Repaired,

    /// <summary>Taking a parameter of another place or name.</summary>
    Elsewhere,

    /// <summary>Finding no name.</summary>
    None,
}

/// <summary>The words for them.</summary>
internal static class NameStyles
{
    /// <summary>A phrase behind "a reader".</summary>
    public static string Describe(NameStyle style) => style switch
    {
        NameStyle.Strict => "that keeps to the letter",
        NameStyle.InType => "that takes the name of Content-Type",
        NameStyle.Words => "that decodes encoded words",
        NameStyle.AtSpecial => "that ends the name at a special character",
        NameStyle.ToSemicolon => "that reads on to the semicolon",
        NameStyle.OverSemicolon => "that reads on over the semicolon",
        NameStyle.AtFold => "that ends the name at the fold",
        NameStyle.Unfolded => "that joins the lines without blanks",
        NameStyle.KeepingEscapes => "that keeps backslashes",
        NameStyle.Unmarked => "that takes quotation marks and backslashes out",
        NameStyle.AtControl => "that cuts the name at the control character",
        NameStyle.WithoutControls => "that takes control characters out",
        NameStyle.UpToGap => "that joins the pieces up to the first that is missing",
        NameStyle.Sorted => "that joins the pieces by their numbers",
        NameStyle.AsWritten => "that joins the pieces as they stand",
        NameStyle.OnePiece => "that takes one piece alone",
        NameStyle.Repaired => "that repairs the encoded value",
        NameStyle.Elsewhere => "that takes the name from elsewhere",
        _ => "that finds no name",
    };
}
