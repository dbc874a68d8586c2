using Gateway.Smtp.Server.Auth;
using Gateway.Smtp.Transport;

namespace Gateway.Smtp.Server;

/// <summary>When the connections of a listener are encrypted.</summary>
public enum TlsMode
{
    /// <summary>Never.</summary>
    None,

    /// <summary>When the client asks for it by STARTTLS (port 25).</summary>
    Optional,

    /// <summary>The client must say STARTTLS before it sends mail (port 587).</summary>
    Required,

    /// <summary>From the first octet on (port 465; RFC 8314).</summary>
    Implicit,
}

/// <summary>Whether clients of a listener authenticate.</summary>
public enum ListenerAuth
{
    /// <summary>AUTH is not offered (port 25).</summary>
    None,

    /// <summary>AUTH is offered where there are TLS and users.</summary>
    Offered,

    /// <summary>Nobody sends mail without (ports 587 and 465).</summary>
    Required,
}

/// <summary>The encryption of one listener, and who authenticates under it.</summary>
/// <param name="Mode">When.</param>
/// <param name="Certificates">With what; null exactly when the mode is none.</param>
/// <param name="Users">Who may authenticate, which is offered under encryption only; null offers it to nobody.</param>
/// <param name="RequiresAuth">Whether MAIL of a client that has not authenticated gets 530 5.7.0 (RFC 4954 section 6).</param>
public sealed record ListenerTls(TlsMode Mode, ServerCertificates? Certificates, WatchedFiles<UserList>? Users = null, bool RequiresAuth = false)
{
    /// <summary>No encryption.</summary>
    public static ListenerTls None { get; } = new(TlsMode.None, null);
}
