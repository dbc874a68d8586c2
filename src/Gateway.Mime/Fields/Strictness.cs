namespace Gateway.Mime.Fields;

/// <summary>What <see cref="EncodedWord"/> takes as an encoded word.</summary>
/// <remarks>Mail readers go apart here, so every rule says which reading it judges.</remarks>
internal enum Strictness
{
    /// <summary>RFC 2047 section 2: no blank in charset or encoding; a word may name another encoding than B and Q.</summary>
    Grammar,

    /// <summary>As clients display it: charset and text may hold blanks, the encoding is B or Q, anything else is ordinary text.</summary>
    Clients,
}
