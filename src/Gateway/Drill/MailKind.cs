namespace Gateway.Drill;

/// <summary>What a message of a drill is.</summary>
internal enum MailKind
{
    /// <summary>Well-formed mail that everybody takes.</summary>
    Clean,

    /// <summary>Mail that the rules hold or refuse.</summary>
    Malformed,

    /// <summary>Well-formed mail on which the mail system behind chokes; nothing but its recipient tells it from clean mail.</summary>
    Poison,
}
