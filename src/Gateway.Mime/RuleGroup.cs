namespace Gateway.Mime;

/// <summary>Where a rule looks: the one grouping of rules, by which folders, catalogue files and documentation are laid out.</summary>
/// <remarks>A group's rules stand in <c>Catalogue/</c>, their families in the folder of that name under <c>Rules/</c>.</remarks>
public enum RuleGroup
{
    /// <summary>Line ends, octets and the end of data.</summary>
    Framing,

    /// <summary>Header blocks: their lines, their fields and what these say.</summary>
    Header,

    /// <summary>Addresses in header fields.</summary>
    Address,

    /// <summary>Multiparts, delimiters and the MIME fields that declare them, and how the reading of them fails.</summary>
    Structure,

    /// <summary>What leaves hold: encodings, charsets, sizes.</summary>
    Body,

    /// <summary>Formats inside of bodies: calendars, TNEF, S/MIME, compressed files.</summary>
    Payload,

    /// <summary>What sessions with senders and next hops show; found outside this assembly.</summary>
    Session,
}
