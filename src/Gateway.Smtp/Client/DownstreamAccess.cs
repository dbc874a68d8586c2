namespace Gateway.Smtp.Client;

/// <summary>How much encryption towards a host is asked for.</summary>
public enum DownstreamTls
{
    /// <summary>Never: STARTTLS is not used even where it is offered.</summary>
    None,

    /// <summary>Where the host offers it, with any certificate; in clear where it does not, or where the handshake fails. RFC 7435.</summary>
    Opportunistic,

    /// <summary>Always, with any certificate: keeps out who listens, not who stands in between.</summary>
    Required,

    /// <summary>Always, and the certificate must have the host's name and a chain to a trusted root.</summary>
    Verified,
}

/// <summary>How a host is spoken to beyond its address: encryption, authentication, the address of ours that is used.</summary>
/// <remarks>
/// Compared by value: the same host with other settings has connections and a standing of its own, with equal ones it keeps them over a reload.
/// The files are read anew for every connection, so that a renewed certificate or a changed password counts at once.
/// Threads: immutable.
/// </remarks>
public sealed record DownstreamAccess
{
    /// <summary>Opportunistic TLS and nothing else.</summary>
    public static DownstreamAccess Default { get; } = new();

    /// <summary>The encryption.</summary>
    public DownstreamTls Tls { get; init; } = DownstreamTls.Opportunistic;

    /// <summary>The name that the certificate must have, which is asked for too (SNI); empty for the name of the host.</summary>
    public string TlsName { get; init; } = string.Empty;

    /// <summary>A PEM file of the roots that are trusted; empty for those of the system.</summary>
    public string CaFile { get; init; } = string.Empty;

    /// <summary>A PEM file with our own certificate, behind it the rest of its chain; empty for none.</summary>
    public string CertificateFile { get; init; } = string.Empty;

    /// <summary>A PEM file with the unencrypted key of that certificate.</summary>
    public string KeyFile { get; init; } = string.Empty;

    /// <summary>The name we authenticate with; empty for no AUTH.</summary>
    public string User { get; init; } = string.Empty;

    /// <summary>The mechanisms that may be used.</summary>
    public AuthMechanisms Mechanisms { get; init; } = AuthMechanisms.Any;

    /// <summary>A file whose first line is the password.</summary>
    public string PasswordFile { get; init; } = string.Empty;

    /// <summary>The addresses of ours that connections are made from; null for the system's choice.</summary>
    public SourceAddresses? Sources { get; init; }

    /// <summary>The host is told by XFORWARD where each message came from, if it offers that.</summary>
    public bool TellsClient { get; init; }

    /// <summary>The host's name came out of DNS without protection: a certificate for it proves too little for REQUIRETLS (RFC 8689 section 4.2.1).</summary>
    public bool IsLookedUp { get; init; }

    /// <summary>For listings: <c>verified</c>, <c>required auth=joe xforward</c>.</summary>
    public override string ToString() =>
        Tls.ToString().ToLowerInvariant() + (CertificateFile.Length > 0 ? " certificate" : string.Empty) + (User.Length > 0 ? " auth=" + User : string.Empty)
        + (TellsClient ? " xforward" : string.Empty);
}
