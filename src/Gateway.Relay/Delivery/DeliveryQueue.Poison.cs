using Gateway.Relay.Delivery.Lanes;
using Gateway.Relay.Message;
using Gateway.Relay.Queue;

namespace Gateway.Relay.Delivery;

/// <content>The way from the queue to the quarantine, of poison and of what was removed.</content>
public sealed partial class DeliveryQueue
{
    /// <summary>
    /// Stops everything of a message that no worker has: on hold, removed, or poison, since what breaks one host is not tried on the next. Caller
    /// holds the message.
    /// </summary>
    private static void PutAside(QueuedMessage message)
    {
        foreach (Parcel parcel in message.Open)
        {
            parcel.Destination.Hold(parcel);
        }
    }

    /// <summary>Hands a message over that is to be quarantined, once no worker has a part of it.</summary>
    /// <remarks>
    /// The spool already says that it is to be quarantined, so a crash before the quarantine has it repeats the hand-over at the next start.
    /// The quarantine completes it in the spool.
    /// </remarks>
    /// <param name="message">The message.</param>
    /// <param name="envelope">From the spool; null when it has completed there.</param>
    private async ValueTask QuarantineAsync(QueuedMessage message, Envelope? envelope)
    {
        string[] recipients;
        lock (message)
        {
            if (message.Open.Count == 0 || message.Open.Exists(static p => p.State == ParcelState.Sending))
            {
                return;
            }

            recipients = [.. message.Open.SelectMany(static p => p.Recipients)];
            message.Open.ForEach(static p => p.Destination.Close(p));
            message.Open.Clear();
        }

        // Whoever empties the message owns what follows: nobody else gets past the check above.
        if (envelope is not null && _messages.TryRemove(message.Id, out _))
        {
            Envelope held = envelope with { Quarantine = message.Quarantine, Recipients = recipients };
            await _poisoned.Writer.WriteAsync(new Work(message.Lease, held, null), _stopping);
        }
    }
}
