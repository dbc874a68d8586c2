using System.Net;
using Gateway.Smtp.Transport;

namespace Gateway.Smtp.Server;

/// <summary>Who is at the other end of a session, as far as it is known.</summary>
/// <remarks>Threads: written by its session only.</remarks>
public sealed class SmtpPeer
{
    /// <summary>Makes the peer of a new connection.</summary>
    public SmtpPeer(string sessionId, IPEndPoint remote, IPEndPoint local)
    {
        SessionId = sessionId;
        Remote = Plain(remote);
        Local = Plain(local);
    }

    /// <summary>The connection's id, for the log.</summary>
    public string SessionId { get; }

    /// <summary>Who reads the commands of the session.</summary>
    public SmtpEngine Engine { get; init; }

    /// <summary>The client's address; an IPv4 client of a dual-stack listener shows as IPv4.</summary>
    public IPEndPoint Remote { get; internal set; }

    /// <summary>The address that the client connected to: ours, or that of the proxy in front of us.</summary>
    public IPEndPoint Local { get; internal set; }

    /// <summary>The host that is connected and told us of the client (PROXY header, XCLIENT); null when the client itself is.</summary>
    public IPEndPoint? Via { get; internal set; }

    /// <summary>The client's host name, where XCLIENT told it; we look up none ourselves. Printable UTF-8 without spaces.</summary>
    public string? Name { get; internal set; }

    /// <summary>Where the message under way came from before, as a trusted host says (XFORWARD); null when none said it.</summary>
    public ForwardedClient? Forwarded { get; internal set; }

    /// <summary>What the client called itself in HELO or EHLO; empty before. Printable US-ASCII or UTF-8 without spaces.</summary>
    public string Hello { get; internal set; } = string.Empty;

    /// <summary>True after EHLO, false after HELO.</summary>
    public bool IsExtended { get; internal set; }

    /// <summary>The encryption of the connection, or null while it is in clear.</summary>
    public TlsFacts? Tls { get; internal set; }

    /// <summary>Why the TLS handshake failed, or null. Written by the TLS library about what the client sent.</summary>
    public string? TlsFailure { get; internal set; }

    /// <summary>The name under which the client has authenticated, or null.</summary>
    public string? AuthenticatedUser { get; internal set; }

    /// <summary>How often it tried in vain.</summary>
    public int AuthenticationFailures { get; internal set; }

    /// <summary>What was said lately; null for a peer without a session.</summary>
    public SessionRecorder? Recorder { get; internal set; }

    /// <summary>The value behind <c>with</c> in the trace field (RFC 3848, RFC 6531 section 4.3).</summary>
    /// <remarks>There are no names for HELO in encrypted sessions. In clear only XCLIENT's LOGIN authenticates.</remarks>
    public string Protocol(bool smtpUtf8)
    {
        string plain = smtpUtf8 ? "UTF8SMTP" : IsExtended ? "ESMTP" : "SMTP";
        bool hasNames = smtpUtf8 || IsExtended;
        return !hasNames ? plain : plain + (Tls is null ? string.Empty : "S") + (AuthenticatedUser is null ? string.Empty : "A");
    }

    internal static IPEndPoint Plain(IPEndPoint endPoint) =>
        endPoint.Address.IsIPv4MappedToIPv6 ? new IPEndPoint(endPoint.Address.MapToIPv4(), endPoint.Port) : endPoint;
}
