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

/// <summary>The encryption of one listener.</summary>
/// <param name="Mode">When.</param>
/// <param name="Certificates">With what; null exactly when the mode is none.</param>
/// <param name="Users">Who may authenticate, which is offered under encryption only; null offers it to nobody.</param>
public sealed record ListenerTls(TlsMode Mode, ServerCertificates? Certificates, WatchedFiles<UserList>? Users = null)
{
    /// <summary>No encryption.</summary>
    public static ListenerTls None { get; } = new(TlsMode.None, null);
}
