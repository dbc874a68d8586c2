namespace Gateway.Lab.Grammar;

/// <summary>One production of the grammar: a way to write a construct, with its standing before the RFC.</summary>
/// <param name="Family">What it is about; a message gets at most one trick of a family, so that their standings add up.</param>
/// <param name="Name">The construct, as the report lists it.</param>
/// <param name="Variant">Which form of it; unique within the name.</param>
/// <param name="Standing">Valid, disputed or broken.</param>
/// <param name="Clause">The clause that decides the standing.</param>
/// <param name="Apply">Rewrites a draft; false when the draft has no place for it, and is then unchanged.</param>
internal sealed record Trick(TrickFamily Family, string Name, string Variant, Standing Standing, string Clause, Func<Draft, bool> Apply);

/// <summary>What a trick is about.</summary>
internal enum TrickFamily
{
    /// <summary>The author.</summary>
    From,

    /// <summary>Which parts there are.</summary>
    Structure,

    /// <summary>Lines and fields of a header block.</summary>
    Header,

    /// <summary>Content-Type and boundary of a multipart.</summary>
    Boundary,

    /// <summary>Content-Type of a leaf.</summary>
    Type,

    /// <summary>Content-Transfer-Encoding.</summary>
    Encoding,

    /// <summary>What an encoded body looks like.</summary>
    Body,

    /// <summary>Delimiter lines, preamble, epilogue.</summary>
    Delimiter,

    /// <summary>File names and dispositions.</summary>
    Name,

    /// <summary>Line ends and NUL, over the whole text.</summary>
    Wire,
}
