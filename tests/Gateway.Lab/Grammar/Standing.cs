namespace Gateway.Lab.Grammar;

/// <summary>What a production of the grammar makes of a message, judged when it was written and by the RFC alone.</summary>
internal enum Standing
{
    /// <summary>The construct is within the grammar of its RFC, however rare.</summary>
    Valid,

    /// <summary>
    /// The letter of the RFC lets the construct pass or can be read both ways, and the rule catalogue or its issue names it as one to
    /// be caught. Such messages are counted apart, in neither metric.
    /// </summary>
    Disputed,

    /// <summary>The construct breaks the clause named beside it.</summary>
    Broken,
}
