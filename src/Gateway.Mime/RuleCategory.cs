namespace Gateway.Mime;

/// <summary>The kinds of danger that rules name. Where a rule looks is its <see cref="RuleGroup"/>.</summary>
public enum RuleCategory
{
    /// <summary>Line ends, octets and end-of-data: what SMTP itself frames.</summary>
    SmtpFraming,

    /// <summary>Lines of a header block that are no fields.</summary>
    HeaderSyntax,

    /// <summary>Fields whose meaning is missing, doubled or unreadable.</summary>
    HeaderSemantics,

    /// <summary>Multiparts, boundaries, types and encodings as declared.</summary>
    MimeStructure,

    /// <summary>Constructs that two readers understand differently.</summary>
    Ambiguity,

    /// <summary>Encoded bodies that do not decode.</summary>
    Encodings,

    /// <summary>Sizes and counts that cost a reader more than they are worth.</summary>
    ResourceBomb,

    /// <summary>Content known to stop or break the systems behind the gateway.</summary>
    DownstreamCrasher,
}
