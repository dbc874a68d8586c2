namespace Gateway.Mime.Fields;

/// <summary>What a field's value holds that most values do not.</summary>
[Flags]
internal enum FieldTraits
{
    /// <summary>Printable US-ASCII, blanks and folds.</summary>
    None = 0,

    /// <summary>Controls, NUL, or octets beyond US-ASCII.</summary>
    Unusual = 1,

    /// <summary>An opening parenthesis: perhaps a comment.</summary>
    Parenthesis = 2,

    /// <summary>A question mark: perhaps an encoded word.</summary>
    QuestionMark = 4,
}
