using Gateway.Relay.Queue;

namespace Gateway.Relay.Delivery;

/// <summary>A message that is not finished: what is left of it goes out in one or more parcels.</summary>
/// <remarks>Threads: fields are guarded by the object itself.</remarks>
internal sealed class QueuedMessage(Lease lease, long size)
{
    public Lease Lease => lease;

    public MessageId Id => lease.Id;

    public long Size => size;

    /// <summary>Kept only while the queue is short; a long queue reads it back from the spool when its turn comes.</summary>
    public Envelope? Envelope { get; set; }

    /// <summary>Parcels with recipients still to be served.</summary>
    public List<Parcel> Open { get; } = [];

    /// <summary>An administrator removed the message while a parcel of it was under way.</summary>
    public bool Removed { get; set; }
}

/// <summary>Where a parcel is.</summary>
internal enum ParcelState
{
    /// <summary>In its destination's line.</summary>
    Ready,

    /// <summary>With a worker.</summary>
    Sending,

    /// <summary>Waiting for its next try.</summary>
    Deferred,

    /// <summary>Nothing left to do.</summary>
    Closed,
}

/// <summary>The part of a message that goes to one destination: the unit of scheduling.</summary>
internal sealed class Parcel(QueuedMessage message, Destination destination, IReadOnlyList<string> recipients)
{
    public QueuedMessage Message => message;

    public Destination Destination => destination;

    public IReadOnlyList<string> Recipients { get; set; } = recipients;

    public ParcelState State { get; set; } = ParcelState.Ready;

    public int Attempts { get; set; }

    /// <summary>When the next try is due, in UTC; meaningful while deferred.</summary>
    public DateTimeOffset Due { get; set; }

    public string LastReply { get; set; } = string.Empty;

    /// <summary>Timestamp of getting in line, for the delay in the queue.</summary>
    public long ReadySince { get; set; }
}
