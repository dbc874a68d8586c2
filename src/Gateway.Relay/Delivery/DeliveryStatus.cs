namespace Gateway.Relay.Delivery;

/// <summary>What an attempt decided about a recipient: the <c>status=</c> of its log line.</summary>
internal enum DeliveryStatus
{
    /// <summary>The host has it.</summary>
    Sent,

    /// <summary>It stays in the queue, whatever the host said.</summary>
    Deferred,

    /// <summary>It failed for good: it left the queue, and the sender is told.</summary>
    Bounced,

    /// <summary>It was tried for too long: it left the queue, and the sender is told.</summary>
    Expired,
}
