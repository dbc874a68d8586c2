namespace Gateway.Fuzz.Protocol;

/// <summary>What a client does next.</summary>
internal enum StepKind
{
    /// <summary>Sends octets.</summary>
    Send,

    /// <summary>Waits until every complete command has its reply.</summary>
    Wait,

    /// <summary>Holds a TLS handshake, if the server is ready for one.</summary>
    Secure,

    /// <summary>Closes its sending half and reads on.</summary>
    HalfClose,

    /// <summary>Resets the connection.</summary>
    Reset,

    /// <summary>Falls silent until the server ends the session.</summary>
    Stall,
}

/// <summary>One step of a client.</summary>
/// <param name="Kind">What it does.</param>
/// <param name="Octets">What it sends; null for the other kinds.</param>
internal sealed record ProtocolStep(StepKind Kind, byte[]? Octets = null)
{
    public static ProtocolStep Wait { get; } = new(StepKind.Wait);

    public static ProtocolStep Secure { get; } = new(StepKind.Secure);

    public static ProtocolStep Of(byte[] octets) => new(StepKind.Send, octets);

    public static ProtocolStep Of(string octets) => new(StepKind.Send, System.Text.Encoding.Latin1.GetBytes(octets));
}
