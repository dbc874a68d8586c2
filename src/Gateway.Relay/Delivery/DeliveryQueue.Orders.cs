using Gateway.Relay.Telemetry;

namespace Gateway.Relay.Delivery;

/// <content>What administrators order.</content>
public sealed partial class DeliveryQueue
{
    /// <summary>Messages shown of an order, and named in the log one by one.</summary>
    private const int Shown = 100;

    /// <summary>Updates of the spool that are waited for together.</summary>
    private const int AtOnce = 1000;

    /// <summary>Carries out an order for all messages that fit.</summary>
    /// <param name="order">What to do.</param>
    /// <param name="filter">For which.</param>
    /// <param name="actor">Who orders it, for the log.</param>
    /// <param name="reason">Why; shown with what is on hold.</param>
    /// <param name="dryRun">Only say what it would come to.</param>
    /// <param name="route">For <see cref="QueueOrder.Move"/>: the route; null for that of each recipient's domain.</param>
    /// <exception cref="Gateway.Spool.SpoolUnavailableException">The spool cannot note it now; part of it may have been done.</exception>
    public async Task<QueueOrderOutcome> OrderAsync(QueueOrder order, QueueFilter filter, string actor, string reason, bool dryRun, string? route = null)
    {
        List<QueuedMessage> meant = [.. Select(filter).Where(m => Applies(order, m))];
        List<QueueEntry> sample = [.. meant.OrderBy(static m => m.Id).Take(Shown).Select(Describe).OfType<QueueEntry>()];
        if (dryRun)
        {
            return new QueueOrderOutcome(meant.Count, sample);
        }

        int done = 0;
        List<Task> noted = [];
        foreach (QueuedMessage message in meant)
        {
            bool carriedOut = order switch
            {
                QueueOrder.Hold => Hold(message, LogText.Escape(reason.Length > 0 ? reason : $"put on hold by {actor}", 200), noted),
                QueueOrder.Resume => Resume(message, noted),
                QueueOrder.Retry => Retry(message),
                QueueOrder.Move => Move(message, route, noted),
                QueueOrder.Bounce => Bounce(message, LogText.Escape(reason, 200)),
                _ => Remove(message),
            };
            // A try that a person orders changes nothing that must be found out later message by message.
            if (carriedOut && ++done <= Shown && order != QueueOrder.Retry)
            {
                GatewayLog.QueueOrder(_log, message.Id.ToString(), order.ToString().ToLowerInvariant(), LogText.Escape(actor));
            }

            if (noted.Count >= AtOnce)
            {
                await AllAsync(noted);
            }
        }

        await AllAsync(noted);
        GatewayLog.QueueOrders(_log, order.ToString().ToLowerInvariant(), done, LogText.Escape(filter.ToString()), LogText.Escape(actor), LogText.Escape(reason));
        StartWorkers();
        return new QueueOrderOutcome(done, sample);
    }

    /// <summary>Tries deferred messages now, those too whose hosts are down.</summary>
    /// <param name="id">One message, or null for all.</param>
    /// <param name="actor">Who orders it, for the log.</param>
    /// <returns>How many messages were moved.</returns>
    public int Retry(MessageId? id, string actor) => Now(QueueOrder.Retry, id, actor, Retry);

    /// <summary>Removes messages for good, without a bounce. A delivery that is under way is not cut off.</summary>
    /// <returns>How many messages were removed.</returns>
    public int Remove(MessageId? id, string actor) => Now(QueueOrder.Remove, id, actor, Remove);

    /// <summary>How the routes stand that have or had mail since the start, and those that are configured.</summary>
    public IReadOnlyList<RouteStatus> Routes()
    {
        foreach (Route route in _profile().Routes.All)
        {
            DestinationOf(route);
        }

        return [.. _destinations.Values.Select(static d => d.Status).OrderBy(static s => s.Name, StringComparer.Ordinal)];
    }

    /// <summary>Stops a route, or lets it go on; what is under way ends as it would. Survives restarts.</summary>
    /// <returns>False when there is no such route.</returns>
    /// <exception cref="IOException">It cannot be written down; nothing has changed.</exception>
    public bool Pause(string route, bool paused, string actor)
    {
        if (!_destinations.ContainsKey(route) && !_profile().Routes.All.Any(r => r.Name.Equals(route, StringComparison.OrdinalIgnoreCase)) && !_pauses.Contains(route))
        {
            return false;
        }

        if (_pauses.Set(route, paused))
        {
            GatewayLog.RouteOrder(_log, LogText.Escape(route), paused ? "paused" : "resumed", LogText.Escape(actor));
        }

        foreach (Destination one in _destinations.Values)
        {
            // With a route by MX all its domains stop.
            one.IsPaused = IsPaused(one.Route);
        }

        StartWorkers();
        return true;
    }

    private static async Task AllAsync(List<Task> tasks)
    {
        await Task.WhenAll(tasks);
        tasks.Clear();
    }

    private int Now(QueueOrder order, MessageId? id, string actor, Func<QueuedMessage, bool> carryOut)
    {
        QueueFilter filter = new() { Id = id };
        int done = 0;
        foreach (QueuedMessage message in Select(filter))
        {
            if (carryOut(message) && ++done <= Shown && (id is not null || order != QueueOrder.Retry))
            {
                GatewayLog.QueueOrder(_log, message.Id.ToString(), order.ToString().ToLowerInvariant(), LogText.Escape(actor));
            }
        }

        if (id is null)
        {
            GatewayLog.QueueOrders(_log, order.ToString().ToLowerInvariant(), done, LogText.Escape(filter.ToString()), LogText.Escape(actor), string.Empty);
        }

        StartWorkers();
        return done;
    }

    private static bool Applies(QueueOrder order, QueuedMessage message)
    {
        lock (message)
        {
            return order switch
            {
                QueueOrder.Hold => message.Hold is null && message.Poison is null,
                QueueOrder.Resume => message.Hold is not null && message.Poison is null,
                QueueOrder.Retry => message.Hold is null && message.Open.Exists(static p =>
                    p.State == ParcelState.Deferred || (p.State == ParcelState.Ready && p.Destination.Standing != HostStanding.Up)),
                QueueOrder.Bounce => message.Poison is null && !message.Removed,
                _ => true,
            };
        }
    }

    private bool Hold(QueuedMessage message, string reason, List<Task> noted)
    {
        lock (message)
        {
            if (message.Hold is not null || message.Poison is not null || message.Open.Count == 0)
            {
                return false;
            }

            message.Hold = reason;
            // What a worker has ends as it would; what is left of it then is put on hold.
            PutAside(message);
            message.Envelope = null;
            noted.Add(_queue.DeferAsync(message.Lease, Snapshot(message, message.Open[0].LastReply), CancellationToken.None).AsTask());
            return true;
        }
    }

    private bool Resume(QueuedMessage message, List<Task> noted)
    {
        lock (message)
        {
            if (message.Hold is null || message.Poison is not null)
            {
                return false;
            }

            message.Hold = null;
            foreach (Parcel parcel in message.Open)
            {
                // A person has looked: its kind is tried again.
                parcel.Destination.Stalls.Release(parcel.Fingerprint);
                parcel.Destination.Resume(parcel);
            }

            if (message.Open.Count > 0)
            {
                noted.Add(_queue.DeferAsync(message.Lease, Snapshot(message, message.Open[0].LastReply), CancellationToken.None).AsTask());
            }

            return true;
        }
    }

    private static bool Retry(QueuedMessage message)
    {
        bool hastened = false;
        lock (message)
        {
            foreach (Parcel parcel in message.Open)
            {
                hastened |= parcel.Destination.Hasten(parcel);
            }
        }

        return hastened;
    }

    private bool Move(QueuedMessage message, string? route, List<Task> noted)
    {
        lock (message)
        {
            if (message.Removed || message.Open.Count == 0)
            {
                return false;
            }

            message.Route = route;
            // What a worker has ends as it would; what is left of it then goes the new way.
            Reroute(message);
            noted.Add(_queue.DeferAsync(message.Lease, Snapshot(message, message.Open[0].LastReply), CancellationToken.None).AsTask());
            return true;
        }
    }

    private bool Bounce(QueuedMessage message, string reason)
    {
        lock (message)
        {
            if (message.Removed || message.Poison is not null || message.Open.Count == 0)
            {
                return false;
            }

            foreach (Parcel parcel in message.Open)
            {
                parcel.Returned = reason;
            }

            ReturnOrdered(message);
            return true;
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

    private bool Remove(QueuedMessage message)
    {
        bool idle;
        lock (message)
        {
            message.Removed = true;
            message.Open.RemoveAll(static p => p.Destination.Withdraw(p));
            idle = message.Open.Count == 0;
        }

        if (idle)
        {
            Finish(message);
        }

        return true;
    }
}
