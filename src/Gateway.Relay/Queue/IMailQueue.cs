using Gateway.Mime;
using Gateway.Relay.Message;

namespace Gateway.Relay.Queue;

/// <summary>The right to settle one message; a queue shared by several nodes raises the fence with each new owner.</summary>
/// <param name="Id">The message.</param>
/// <param name="Fence">The owner's generation; always 0 on a queue of one node.</param>
public readonly record struct Lease(MessageId Id, long Fence);

/// <summary>Mail that this node has to care for besides what it just received.</summary>
/// <param name="Lease">The right to it.</param>
/// <param name="Envelope">Its envelope.</param>
/// <param name="State">Where its delivery stands, or null when no attempt was made.</param>
public sealed record Work(Lease Lease, Envelope Envelope, DeliveryState? State);

/// <summary>Accepted mail on stable storage: the only way in which the relay sees it.</summary>
/// <remarks>
/// The seam for several nodes: the local log is one implementation, a shared database can be another, so it speaks of messages only and of no storage.
/// Threads: any.
/// </remarks>
public interface IMailQueue : IAsyncDisposable
{
    /// <summary>Whether mail can be taken now, and if not, why. Cheap: asked for each connection and message.</summary>
    QueueHealth Health { get; }

    /// <summary>Makes room for a message that outgrew memory.</summary>
    /// <exception cref="QueueUnavailableException">There is none.</exception>
    IBodyFile CreateFile();

    /// <summary>Puts a message on stable storage; 250 may be answered only after this completes.</summary>
    /// <remarks>
    /// Fails: any doubt throws <see cref="QueueUnavailableException"/>, it never returns in doubt. The deadline bounds
    /// the caller's wait; a commit that was started is never left half known.
    /// </remarks>
    [Durable]
    ValueTask<Lease> CommitAsync(MessageId id, Envelope envelope, MessageBuffer body, CancellationToken deadline);

    /// <summary>What a previous run left: to be delivered, retried or quarantined; in the order of acceptance.</summary>
    /// <remarks>Envelopes may be brief (<see cref="Envelope.IsBrief"/>) unless the message is quarantined.</remarks>
    IEnumerable<Work> Recover();

    /// <summary>Reads an envelope back; null when the message is not here, or not any more.</summary>
    /// <exception cref="QueueDamagedException">It is damaged.</exception>
    Envelope? Find(MessageId id);

    /// <summary>Opens the octets as received; the caller disposes them.</summary>
    /// <exception cref="QueueDamagedException">They are damaged.</exception>
    /// <exception cref="InvalidOperationException">The message is not here, or not any more.</exception>
    MessageBytes Read(MessageId id);

    /// <summary>Notes that a delivery has to be tried again, durably; of several calls the last one counts, also while others are under way.</summary>
    /// <exception cref="QueueUnavailableException">It could not be noted.</exception>
    ValueTask DeferAsync(Lease lease, DeliveryState state, CancellationToken cancellationToken);

    /// <summary>The message is delivered, bounced, removed, or safe in the quarantine: forget it.</summary>
    [EndsCustody]
    void Complete(Lease lease);
}
