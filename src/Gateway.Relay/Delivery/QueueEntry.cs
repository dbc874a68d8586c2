using System.Text.Json.Serialization;
using Gateway.Relay.Message;

namespace Gateway.Relay.Delivery;

/// <summary>One line of the queue listing, and with the octets all that another queue needs to take the message over.</summary>
/// <param name="Id">The message.</param>
/// <param name="State">active, deferred or on hold.</param>
/// <param name="ReceivedAt">When it was received.</param>
/// <param name="Size">Octets.</param>
/// <param name="Sender">The reverse-path.</param>
/// <param name="Recipients">Who is still to be served.</param>
/// <param name="Attempts">Attempts made.</param>
/// <param name="Due">When the next attempt is due; null while it is in line or under way.</param>
/// <param name="LastReply">The last answer.</param>
/// <param name="Route">Where it goes.</param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record QueueEntry(
    string Id, RelayState State, DateTimeOffset ReceivedAt, long Size, string Sender, IReadOnlyList<string> Recipients,
    int Attempts, DateTimeOffset? Due, string LastReply, string Route)
{
    /// <summary>Why it is on hold, or empty.</summary>
    public string Hold { get; init; } = string.Empty;

    /// <summary>Why all the mail of its line waits: the route is paused, or its hosts are down; empty while the line moves.</summary>
    public string Line { get; init; } = string.Empty;

    /// <summary>When its line goes on: <c>paused</c>, <c>probe in 8 s</c>, <c>trying</c>; empty while it moves.</summary>
    public string LineNext { get; init; } = string.Empty;

    /// <summary>The client it came from; empty for our own notifications.</summary>
    public string Client { get; init; } = string.Empty;

    /// <summary>The name under which the client had authenticated, or null.</summary>
    public string? User { get; init; }

    /// <summary>A header field needs SMTPUTF8.</summary>
    public bool SmtpUtf8 { get; init; }

    /// <summary>The content needs BINARYMIME.</summary>
    public bool Binary { get; init; }

    /// <summary>It may travel on over TLS only (RFC 8689).</summary>
    public bool RequireTls { get; init; }

    /// <summary>What the sender asked to be told (RFC 3461), or null.</summary>
    public DsnRequest? Dsn { get; init; }

    /// <summary>In what was exported: the SHA-256 of the octets beside it, in hexadecimal; null otherwise.</summary>
    public string? Sha256 { get; init; }

    /// <summary>True when it travels in the lane of suspects.</summary>
    public bool IsSuspect { get; init; }

    /// <summary>Its failed attempts, one line each, oldest first.</summary>
    public IReadOnlyList<string> Journal { get; init; } = [];
}
