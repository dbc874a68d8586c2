using Gateway.Relay.Delivery.Lanes;
using Gateway.Relay.Message;

namespace Gateway.Relay.Delivery;

/// <content>How messages leave the queue by an administrator's order.</content>
public sealed partial class DeliveryQueue
{
    /// <summary>Takes a message out of the queue: into the quarantine, from which it can be released for a day, or for good.</summary>
    /// <remarks>
    /// The spool says first that it is to be quarantined, so that it is not delivered after a crash either: a restart finds it and hands it to the
    /// quarantine. Parts that a worker has end as they would; then what is left takes the same way.
    /// </remarks>
    private async Task<OrderStep> RemoveAsync(QueuedMessage message, QuarantineReason reason, bool now)
    {
        // Read before anything changes: one that is damaged cannot go to the quarantine and stays as it was.
        Envelope? envelope = now ? null : _queue.Find(message.Id);
        ValueTask noted;
        bool isUnderWay;
        lock (message)
        {
            if (message.Open.Count == 0)
            {
                return OrderStep.Gone;
            }

            message.Quarantine ??= reason;
            message.IsRemoved = now;
            PutAside(message);
            message.Envelope = null;
            isUnderWay = message.Open.Exists(static p => p.State == ParcelState.Sending);
            noted = NoteAsync(message);
        }

        await NotedAsync(noted, message, Restore);
        if (isUnderWay)
        {
            return OrderStep.UnderWay;
        }

        await TakeOutAsync(message, envelope);
        return OrderStep.Done;
    }

    /// <summary>Puts a message back whose removal could not be written down; caller holds the message.</summary>
    private static void Restore(QueuedMessage message)
    {
        message.Quarantine = null;
        message.IsRemoved = false;
        if (message.Hold is null)
        {
            Release(message);
        }
    }

    /// <summary>Ends a message that is not to be delivered any more, once no worker has a part of it.</summary>
    private async ValueTask TakeOutAsync(QueuedMessage message, Envelope? envelope = null)
    {
        if (!message.IsRemoved)
        {
            await QuarantineAsync(message, envelope ?? _queue.Find(message.Id));
            return;
        }

        lock (message)
        {
            if (message.Open.Exists(static p => p.State == ParcelState.Sending))
            {
                return;
            }

            message.Open.ForEach(static p => p.Destination.Close(p));
            message.Open.Clear();
        }

        Finish(message);
    }
}
