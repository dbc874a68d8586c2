using System.Runtime.CompilerServices;
using Gateway.Relay.Delivery.Hosts;
using Gateway.Relay.Delivery.Lanes;
using Gateway.Relay.Message;
using Gateway.Relay.Telemetry;

namespace Gateway.Relay.Delivery;

/// <content>What administrators ask.</content>
public sealed partial class DeliveryQueue
{
    /// <summary>How many messages are active, deferred and on hold, and the oldest.</summary>
    public QueueTotals Totals()
    {
        Span<int> counts = stackalloc int[(int)RelayState.Done + 1];
        QueuedMessage? oldest = null;
        Standings standings = new();
        foreach ((_, QueuedMessage message) in _messages)
        {
            counts[(int)StateOf(message, standings)]++;
            oldest = oldest is null || message.Id < oldest.Id ? message : oldest;
        }

        return new QueueTotals(
            counts[(int)RelayState.Active], counts[(int)RelayState.Deferred], counts[(int)RelayState.OnHold], oldest is null ? null : AgeOf(oldest));
    }

    /// <summary>The queue, oldest first.</summary>
    public IReadOnlyList<QueueEntry> List(int limit) => List(new QueueFilter(), limit);

    /// <summary>What fits a filter, oldest first.</summary>
    public IReadOnlyList<QueueEntry> List(QueueFilter filter, int limit) => List(filter, limit, out _);

    /// <summary>What fits a filter, oldest first, and how many fit in all.</summary>
    /// <remarks>Cost: looks at every message; a filter by sender reads envelopes back from the spool while the queue is long.</remarks>
    public IReadOnlyList<QueueEntry> List(QueueFilter filter, int limit, out int total)
    {
        total = 0;
        // Only the oldest are kept while looking: sorting a million to show a hundred takes a second.
        PriorityQueue<QueuedMessage, MessageId> oldest = new(Comparer<MessageId>.Create(static (a, b) => b.CompareTo(a)));
        foreach (QueuedMessage message in Select(filter))
        {
            total++;
            if (oldest.Count < limit)
            {
                oldest.Enqueue(message, message.Id);
            }
            else if (oldest.TryPeek(out _, out MessageId newest) && message.Id < newest)
            {
                oldest.DequeueEnqueue(message, message.Id);
            }
        }

        return [.. oldest.UnorderedItems.Select(static i => i.Element).OrderBy(static m => m.Id).Select(Describe).OfType<QueueEntry>()];
    }

    /// <summary>One message, or null.</summary>
    public QueueEntry? Find(MessageId id) => _messages.TryGetValue(id, out QueuedMessage? message) ? Describe(message) : null;

    /// <summary>What waits, by destination, state and reason, the largest group first.</summary>
    public IReadOnlyList<QueueGroup> Summary(QueueFilter filter)
    {
        QueueSummary summary = new(_time.GetUtcNow(), AgeOf);
        Standings standings = new();
        foreach (QueuedMessage message in Select(filter))
        {
            (string route, RelayState state, string reply) = Gist(message, standings);
            summary.Add(message, route, state, reply);
        }

        return summary.Groups;
    }

    /// <summary>Opens a queued message: its trace fields and its octets as received; null when it is not here.</summary>
    /// <exception cref="QueueDamagedException">It is damaged.</exception>
    public (ReadOnlyMemory<byte> Trace, Gateway.Mime.MessageBytes Content)? Open(MessageId id)
    {
        try
        {
            return _messages.ContainsKey(id) && _queue.Find(id) is Envelope envelope ? (System.Text.Encoding.UTF8.GetBytes(envelope.Trace), _queue.Read(id)) : null;
        }
        catch (InvalidOperationException)
        {
            // Completed between the two calls.
            return null;
        }
    }

    // Optimised from the first call on: an administrator who asks once about a million messages waits for the first.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static (string Route, RelayState State, string Reason) Gist(QueuedMessage message, Standings standings)
    {
        lock (message)
        {
            Parcel? first = message.Open.Count == 0 ? null : message.Open[0];
            return (first?.Destination.Name ?? string.Empty, LockedStateOf(message, standings), message.Hold ?? WhyOf(first, standings));
        }
    }

    /// <summary>What holds up its line is what holds it up; what a host said of the message itself counts when the line moves.</summary>
    private static string WhyOf(Parcel? parcel, Standings standings) =>
        parcel is null ? string.Empty : standings.ReasonOf(parcel.Destination)?.Text ?? parcel.LastReply;

    private IEnumerable<QueuedMessage> Select(QueueFilter filter)
    {
        IEnumerable<QueuedMessage> all = filter.Id is MessageId id
            ? _messages.TryGetValue(id, out QueuedMessage? one) ? [one] : []
            : _messages.Select(static m => m.Value);
        Standings standings = new();
        return filter.IsAll ? all : all.Where(m => Fits(m, filter, standings));
    }

    /// <summary>The parts that cost least are looked at first; the sender may have to be read from disk.</summary>
    private bool Fits(QueuedMessage message, QueueFilter filter, Standings standings)
    {
        if (filter.OlderThan is TimeSpan age && AgeOf(message) <= age)
        {
            return false;
        }

        if (filter.State is RelayState state && StateOf(message, standings) != state)
        {
            return false;
        }

        lock (message)
        {
            if ((filter.Route is string route && !message.Open.Exists(p => p.Destination.Name.Equals(route, StringComparison.OrdinalIgnoreCase)))
                || (filter.Reason is string reason && !Contains(message.Hold, reason) && !message.Open.Exists(p => Contains(p.LastReply, reason) || Contains(standings.ReasonOf(p.Destination)?.Text, reason)))
                || (filter.Recipient is string to && !message.Open.Exists(p => p.Recipients.Any(r => IsAt(r, to)))))
            {
                return false;
            }
        }

        return filter.Sender is not string from || (EnvelopeOf(message) is Envelope envelope
            && (from == "<>" ? envelope.Sender.Length == 0 : IsAt(envelope.Sender, from)));

        // A whole address, or all of a domain: a part of one would take out10 with out1.
        static bool IsAt(string address, string wanted) => wanted.StartsWith('@')
            ? address.EndsWith(wanted, StringComparison.OrdinalIgnoreCase) : address.Equals(wanted, StringComparison.OrdinalIgnoreCase);

        static bool Contains(string? text, string part) => text?.Contains(part, StringComparison.OrdinalIgnoreCase) == true;
    }

    private static RelayState StateOf(QueuedMessage message, Standings standings)
    {
        lock (message)
        {
            return LockedStateOf(message, standings);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static RelayState LockedStateOf(QueuedMessage message, Standings standings)
    {
        bool waits = message.Open.Count > 0;
        foreach (Parcel parcel in message.Open)
        {
            if (parcel.State == ParcelState.OnHold)
            {
                return RelayState.OnHold;
            }

            waits &= parcel.State == ParcelState.Deferred
                || (parcel.State == ParcelState.Ready && standings.Of(parcel.Destination) != HostStanding.Up);
        }

        return message.Hold is not null ? RelayState.OnHold : waits ? RelayState.Deferred : RelayState.Active;
    }

    private Envelope? EnvelopeOf(QueuedMessage message)
    {
        try
        {
            return message.Envelope ?? _queue.Find(message.Id);
        }
        catch (QueueDamagedException e)
        {
            // Listed all the same: an administrator has to be able to see it and to remove it.
            GatewayLog.BadEnvelope(_log, e, message.Id.ToString());
            return null;
        }
    }

    private QueueEntry? Describe(QueuedMessage message)
    {
        Envelope? envelope = EnvelopeOf(message);
        lock (message)
        {
            Parcel? first = message.Open.FirstOrDefault();
            Standings standings = new();
            LineReason? line = message.Open.Select(p => standings.ReasonOf(p.Destination)).FirstOrDefault(static r => r is not null);
            return first is null ? null : new QueueEntry(
                message.Id.ToString(),
                StateOf(message, standings),
                message.ReceivedAt,
                message.Size,
                envelope?.Sender ?? string.Empty,
                [.. message.Open.SelectMany(p => p.Recipients)],
                message.Open.Max(p => p.Attempts),
                message.Open.TrueForAll(p => p.State == ParcelState.Deferred) ? WallTimeOf(message.Open.Min(p => p.Due)) : null,
                message.Open.Find(p => p.LastReply.Length > 0)?.LastReply ?? string.Empty,
                string.Join(',', message.Open.Select(p => p.Destination.Name).Distinct(StringComparer.Ordinal)))
            {
                Hold = message.Hold ?? string.Empty,
                Line = line?.Text ?? string.Empty,
                LineNext = line?.Next ?? string.Empty,
                Client = envelope?.ClientAddress ?? string.Empty,
                User = envelope?.User,
                SmtpUtf8 = envelope?.SmtpUtf8 == true,
                Binary = envelope?.Binary == true,
                RequireTls = envelope?.RequireTls == true,
                Dsn = envelope?.Dsn,
                IsSuspect = message.Open.Exists(static p => p.IsSuspect),
                Journal = [.. message.Open.SelectMany(static p => p.Journal?.Notes ?? []).Select(Poison.AttemptJournal.Describe)],
            };
        }
    }
}
