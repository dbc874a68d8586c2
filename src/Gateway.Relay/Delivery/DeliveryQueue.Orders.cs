using Gateway.Relay.Telemetry;

namespace Gateway.Relay.Delivery;

/// <summary>One line of the queue listing.</summary>
/// <param name="Id">The message.</param>
/// <param name="State">active or deferred.</param>
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
    int Attempts, DateTimeOffset? Due, string LastReply, string Route);

/// <content>What administrators ask and order.</content>
public sealed partial class DeliveryQueue
{
    /// <summary>How many messages are active and deferred, and the oldest.</summary>
    public (int Active, int Deferred, DateTimeOffset? Oldest) Totals()
    {
        int deferred = 0;
        int active = 0;
        MessageId? oldest = null;
        foreach ((_, QueuedMessage message) in _messages)
        {
            if (StateOf(message) == RelayState.Deferred)
            {
                deferred++;
            }
            else
            {
                active++;
            }

            oldest = oldest is null || message.Id < oldest ? message.Id : oldest;
        }

        return (active, deferred, oldest?.Time);
    }

    /// <summary>The queue, oldest first.</summary>
    public IReadOnlyList<QueueEntry> List(int limit) =>
        [.. _messages.Select(m => m.Value).OrderBy(m => m.Id).Take(limit).Select(Describe).OfType<QueueEntry>()];

    /// <summary>One message, or null.</summary>
    public QueueEntry? Find(MessageId id) => _messages.TryGetValue(id, out QueuedMessage? message) ? Describe(message) : null;

    /// <summary>Tries deferred messages now, those too whose hosts are down.</summary>
    /// <param name="id">One message, or null for all.</param>
    /// <param name="actor">Who orders it, for the log.</param>
    /// <returns>How many messages were moved.</returns>
    public int Retry(MessageId? id, string actor)
    {
        int moved = 0;
        foreach (QueuedMessage message in Select(id))
        {
            bool hastened = false;
            lock (message)
            {
                foreach (Parcel parcel in message.Open)
                {
                    hastened |= parcel.Destination.Hasten(parcel);
                }
            }

            if (hastened)
            {
                moved++;
                GatewayLog.QueueOrder(_log, message.Id.ToString(), "retry", LogText.Escape(actor));
            }
        }

        StartWorkers();
        return moved;
    }

    /// <summary>Removes messages for good, without a bounce. A delivery that is under way is not cut off.</summary>
    /// <returns>How many messages were removed.</returns>
    public int Remove(MessageId? id, string actor)
    {
        int removed = 0;
        foreach (QueuedMessage message in Select(id))
        {
            bool idle;
            lock (message)
            {
                message.Removed = true;
                message.Open.RemoveAll(p => p.Destination.Withdraw(p));
                idle = message.Open.Count == 0;
            }

            if (idle)
            {
                Finish(message);
            }

            removed++;
            GatewayLog.QueueOrder(_log, message.Id.ToString(), "remove", LogText.Escape(actor));
        }

        return removed;
    }

    private IEnumerable<QueuedMessage> Select(MessageId? id) => id is null
        ? _messages.Select(m => m.Value)
        : _messages.TryGetValue(id.Value, out QueuedMessage? one) ? [one] : [];

    private static RelayState StateOf(QueuedMessage message)
    {
        lock (message)
        {
            bool waits = message.Open.Count > 0 && message.Open.TrueForAll(p => p.State == ParcelState.Deferred
                || (p.State == ParcelState.Ready && p.Destination.Standing != HostStanding.Up));
            return waits ? RelayState.Deferred : RelayState.Active;
        }
    }

    private QueueEntry? Describe(QueuedMessage message)
    {
        Envelope? envelope = message.Envelope;
        try
        {
            envelope ??= _queue.Find(message.Id);
        }
        catch (Gateway.Spool.SpoolCorruptException e)
        {
            // Listed all the same: an administrator has to be able to see it and to remove it.
            GatewayLog.BadEnvelope(_log, e, message.Id.ToString());
        }

        lock (message)
        {
            Parcel? first = message.Open.FirstOrDefault();
            return first is null ? null : new QueueEntry(
                message.Id.ToString(),
                StateOf(message),
                message.ReceivedAt,
                message.Size,
                envelope?.Sender ?? string.Empty,
                [.. message.Open.SelectMany(p => p.Recipients)],
                message.Open.Max(p => p.Attempts),
                message.Open.TrueForAll(p => p.State == ParcelState.Deferred) ? message.Open.Min(p => p.Due) : null,
                message.Open.Find(p => p.LastReply.Length > 0)?.LastReply ?? string.Empty,
                string.Join(',', message.Open.Select(p => p.Destination.Name).Distinct(StringComparer.Ordinal)));
        }
    }
}
