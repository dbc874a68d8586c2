namespace Gateway.Relay.Delivery;

/// <summary>One line of the queue listing.</summary>
/// <param name="Id">The message.</param>
/// <param name="State">active, deferred or held (on hold).</param>
/// <param name="ReceivedAt">When it was received.</param>
/// <param name="Size">Octets.</param>
/// <param name="Sender">The reverse-path.</param>
/// <param name="Recipients">Who is still to be served.</param>
/// <param name="Attempts">Attempts made.</param>
/// <param name="Due">When the next attempt is due; null while it is in line or under way.</param>
/// <param name="LastReply">The last answer.</param>
/// <param name="Route">Where it goes.</param>
public sealed record QueueEntry(
    string Id, RelayState State, DateTimeOffset ReceivedAt, long Size, string Sender, IReadOnlyList<string> Recipients,
    int Attempts, DateTimeOffset? Due, string LastReply, string Route)
{
    /// <summary>Why it is on hold, or empty.</summary>
    public string Hold { get; init; } = string.Empty;

    /// <summary>True when it travels in the lane of suspects.</summary>
    public bool IsSuspect { get; init; }

    /// <summary>Its failed attempts, one line each, oldest first.</summary>
    public IReadOnlyList<string> Journal { get; init; } = [];
}
