using Gateway.Relay.Delivery.Hosts;
using Gateway.Relay.Delivery.Lanes;
using Gateway.Relay.Message;
using Gateway.Relay.Telemetry;

namespace Gateway.Relay.Delivery;

/// <content>What administrators order for messages.</content>
public sealed partial class DeliveryQueue
{
    /// <summary>Messages shown of an order, and named in the log one by one.</summary>
    private const int Shown = 100;

    /// <summary>Updates of the spool that are waited for together.</summary>
    private const int AtOnce = 1000;

    /// <summary>Carries out an order for all messages that fit, the oldest first.</summary>
    /// <remarks>
    /// Promises: the outcome and the log say what happened, not what was ordered: a message counts as done once that is on stable storage, and
    /// what counts as removed is never delivered. A delivery that is under way is not cut off; the outcome counts it apart.
    /// Fails: a message that cannot be noted stays as it was and is among the failures; the others go on.
    /// </remarks>
    /// <param name="order">What to do.</param>
    /// <param name="filter">For which.</param>
    /// <param name="actor">Who orders it, for the log.</param>
    /// <param name="reason">Why; shown with what is on hold and what was removed.</param>
    /// <param name="dryRun">Only say what it would come to.</param>
    /// <param name="route">For <see cref="QueueOrder.Move"/>: the route; null for that of each recipient's domain.</param>
    /// <param name="now">What is removed does not go to the quarantine first.</param>
    public async Task<QueueOrderOutcome> OrderAsync(
        QueueOrder order, QueueFilter filter, string actor, string reason, bool dryRun, string? route = null, bool now = false)
    {
        List<QueuedMessage> meant = [.. Select(filter).Where(m => Applies(order, m, now))];
        meant.Sort(static (one, other) => one.Id.CompareTo(other.Id));
        if (dryRun)
        {
            return new QueueOrderOutcome(meant.Count, [.. meant.Take(Shown).Select(Describe).OfType<QueueEntry>()]) { Asked = meant.Count };
        }

        QueueOrderTally tally = new(_log, order, actor, meant.Count);
        Func<QueuedMessage, Task<OrderStep>> carryOut = Steps(order, actor, reason, route, now);
        foreach (QueuedMessage[] some in meant.Chunk(AtOnce))
        {
            // Begun one after the other, waited for together: the spool makes one write of what waits.
            (QueuedMessage Message, QueueEntry? Entry, Task<OrderStep> Step)[] begun =
                [.. some.Select(m => (m, tally.IsFull ? null : Describe(m), CarryOutAsync(m, carryOut)))];
            foreach ((QueuedMessage message, QueueEntry? entry, Task<OrderStep> step) in begun)
            {
                tally.Add(message.Id, entry, await step);
            }
        }

        StartWorkers();
        return tally.Finish(filter, reason);
    }

    /// <summary>Tries deferred messages now, those too whose hosts are down.</summary>
    /// <param name="id">One message, or null for all.</param>
    /// <param name="actor">Who orders it, for the log.</param>
    /// <returns>How many messages were moved.</returns>
    public int Retry(MessageId? id, string actor)
    {
        List<QueuedMessage> meant = [.. Select(new QueueFilter { Id = id })];
        QueueOrderTally tally = new(_log, QueueOrder.Retry, actor, meant.Count);
        meant.ForEach(m => tally.Add(m.Id, entry: null, Retry(m)));
        StartWorkers();
        if (id is null)
        {
            return tally.Finish(new QueueFilter(), string.Empty).Count;
        }

        if (tally.Done > 0)
        {
            GatewayLog.QueueOrder(_log, id.Value.ToString(), "retry", LogText.Escape(actor));
        }

        return tally.Done;
    }

    private static bool Applies(QueueOrder order, QueuedMessage message, bool now)
    {
        lock (message)
        {
            return order switch
            {
                QueueOrder.Hold => message.Hold is null && message.Quarantine is null,
                QueueOrder.Resume => message.Hold is not null && message.Quarantine is null,
                QueueOrder.Retry => message.Hold is null && message.Open.Exists(static p =>
                    p.State == ParcelState.Deferred || (p.State == ParcelState.Ready && p.Destination.Standing != HostStanding.Up)),
                _ => now || message.Quarantine is null,
            };
        }
    }

    private Func<QueuedMessage, Task<OrderStep>> Steps(QueueOrder order, string actor, string reason, string? route, bool now)
    {
        string why = LogText.Escape(reason.Length > 0 ? reason : $"put on hold by {actor}", 200);
        QuarantineReason removal = Removal.Of(actor, reason);
        return order switch
        {
            QueueOrder.Hold => m => HoldAsync(m, why),
            QueueOrder.Resume => ResumeAsync,
            QueueOrder.Retry => static m => Task.FromResult(Retry(m)),
            QueueOrder.Move => m => MoveAsync(m, route),
            QueueOrder.Bounce => m => Task.FromResult(Bounce(m, LogText.Escape(reason, 200))),
            _ => m => RemoveAsync(m, removal, now),
        };
    }

    /// <summary>One message of an order; what goes wrong costs only this one.</summary>
    private static async Task<OrderStep> CarryOutAsync(QueuedMessage message, Func<QueuedMessage, Task<OrderStep>> carryOut)
    {
        try
        {
            return await carryOut(message);
        }
        catch (Exception e) when (e is QueueUnavailableException or QueueDamagedException or IOException or OperationCanceledException)
        {
            return OrderStep.Failure(e.Message);
        }
    }

    private async Task<OrderStep> HoldAsync(QueuedMessage message, string reason)
    {
        ValueTask noted;
        OrderStep step;
        lock (message)
        {
            if (message.Hold is not null || message.Quarantine is not null || message.Open.Count == 0)
            {
                return OrderStep.Gone;
            }

            message.Hold = reason;
            // What a worker has ends as it would; what is left of it then is put on hold.
            PutAside(message);
            message.Envelope = null;
            step = message.Open.Exists(static p => p.State == ParcelState.Sending) ? OrderStep.UnderWay : OrderStep.Done;
            noted = NoteAsync(message);
        }

        await NotedAsync(noted, message, static m => Release(m));
        return step;
    }

    private async Task<OrderStep> ResumeAsync(QueuedMessage message)
    {
        ValueTask noted = default;
        string? hold;
        lock (message)
        {
            hold = message.Hold;
            if (hold is null || message.Quarantine is not null)
            {
                return OrderStep.Gone;
            }

            Release(message);
            if (message.Open.Count > 0)
            {
                noted = NoteAsync(message);
            }
        }

        await NotedAsync(noted, message, m =>
        {
            m.Hold = hold;
            PutAside(m);
        });
        return OrderStep.Done;
    }

    private static OrderStep Retry(QueuedMessage message)
    {
        bool hastened = false;
        lock (message)
        {
            foreach (Parcel parcel in message.Open)
            {
                hastened |= parcel.Destination.Hasten(parcel);
            }

            return hastened ? OrderStep.Done : message.Open.Count == 0 ? OrderStep.Gone : OrderStep.UnderWay;
        }
    }

    private async Task<OrderStep> MoveAsync(QueuedMessage message, string? route)
    {
        ValueTask noted;
        OrderStep step;
        string? before = message.Route;
        lock (message)
        {
            if (message.Quarantine is not null || message.Open.Count == 0)
            {
                return OrderStep.Gone;
            }

            step = message.Open.Exists(static p => p.State == ParcelState.Sending) ? OrderStep.UnderWay : OrderStep.Done;
            message.Route = route;
            // What a worker has ends as it would; what is left of it then goes the new way.
            Reroute(message);
            noted = NoteAsync(message);
        }

        await NotedAsync(noted, message, m =>
        {
            m.Route = before;
            Reroute(m);
        });
        return step;
    }

    private OrderStep Bounce(QueuedMessage message, string reason)
    {
        lock (message)
        {
            if (message.Quarantine is not null || message.Open.Count == 0)
            {
                return OrderStep.Gone;
            }

            OrderStep step = message.Open.Exists(static p => p.State == ParcelState.Sending) ? OrderStep.UnderWay : OrderStep.Done;
            foreach (Parcel parcel in message.Open)
            {
                parcel.Returned = reason;
            }

            ReturnOrdered(message);
            return step;
        }
    }

    /// <summary>Returns what a person gave up and no worker has; caller holds the message.</summary>
    private void ReturnOrdered(QueuedMessage message)
    {
        foreach (Parcel parcel in message.Open)
        {
            if (parcel.Returned is string reason && parcel.Destination.TryClaim(parcel))
            {
                // Cleared, so that a notification that cannot be stored now is not tried in a circle.
                parcel.Returned = null;
                Run(async () => await ApplyAsync(parcel, await _worker.ReturnAsync(parcel, reason)));
            }
        }
    }

    /// <summary>Lets what is on hold go on; caller holds the message.</summary>
    private static void Release(QueuedMessage message)
    {
        message.Hold = null;
        foreach (Parcel parcel in message.Open)
        {
            // A person has looked: its kind is tried again.
            parcel.Destination.Stalls.Release(parcel.Fingerprint);
            parcel.Destination.Resume(parcel);
        }
    }

    /// <summary>Begins to write down how a message stands; caller holds the message, so that the later state is the one that stays.</summary>
    private ValueTask NoteAsync(QueuedMessage message) =>
        _queue.DeferAsync(message.Lease, Snapshot(message, message.Open[0].LastReply), CancellationToken.None);

    /// <summary>Waits until a state is on stable storage; when it cannot be, the message stays as it was.</summary>
    private static async Task NotedAsync(ValueTask noted, QueuedMessage message, Action<QueuedMessage> undo)
    {
        try
        {
            await noted;
        }
        catch (QueueUnavailableException)
        {
            lock (message)
            {
                undo(message);
            }

            throw;
        }
    }
}
