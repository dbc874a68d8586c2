namespace Gateway.Relay.Message;

/// <summary>Why the queue does not take a message.</summary>
public enum QueueFault
{
    /// <summary>It does.</summary>
    None,

    /// <summary>There is no room for more.</summary>
    DiskFull,

    /// <summary>Its storage failed.</summary>
    WriteFailed,

    /// <summary>Its storage has not answered for longer than it may.</summary>
    Stalled,

    /// <summary>It was closed.</summary>
    Closed,
}

/// <summary>Whether the queue takes messages, and if not, why: one immutable value.</summary>
/// <param name="Reason"><see cref="QueueFault.None"/> when it does.</param>
/// <param name="Detail">A sentence for the log; empty when healthy.</param>
public sealed record QueueHealth(QueueFault Reason, string Detail)
{
    /// <summary>The value of a queue that takes messages.</summary>
    public static QueueHealth Healthy { get; } = new(QueueFault.None, string.Empty);

    /// <summary>New messages are taken.</summary>
    public bool IsHealthy => Reason == QueueFault.None;
}
