namespace Gateway.Mime.Fields;

/// <summary>One parameter of a MIME field, as ranges of the raw value.</summary>
internal struct MimeParameter
{
    /// <summary>Where the attribute starts in the raw value, and how long it is with its RFC 2231 marks.</summary>
    public int NameStart;
    public int NameLength;

    /// <summary>Length of the attribute without <c>*</c>, <c>*0</c> and <c>*0*</c>.</summary>
    public int BaseLength;

    /// <summary>Where the value starts, inside its quotes, and how long it is.</summary>
    public int ValueStart;
    public int ValueLength;

    /// <summary>The value stood in quotes.</summary>
    public bool Quoted;

    /// <summary>RFC 2231 section number, -1 for none.</summary>
    public int Section;

    /// <summary>RFC 2231 percent encoding is announced by a star at the end.</summary>
    public bool Extended;

    /// <summary>What is wrong with this one.</summary>
    public FieldFlaws Flaws;

    public readonly bool IsPlain => Section < 0 && !Extended;
}
