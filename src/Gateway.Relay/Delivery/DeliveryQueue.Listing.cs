using Gateway.Relay.Telemetry;

namespace Gateway.Relay.Delivery;

/// <content>What administrators ask.</content>
public sealed partial class DeliveryQueue
{
    /// <summary>Groups of a summary; what does not fit is counted under one name.</summary>
    private const int MaxGroups = 1000;

    private static readonly TimeSpan[] AgeLimits = [TimeSpan.FromMinutes(5), TimeSpan.FromHours(1), TimeSpan.FromHours(6), TimeSpan.FromDays(1)];

    /// <summary>How many messages are active, deferred and on hold, and the oldest.</summary>
    public QueueTotals Totals()
    {
        Span<int> counts = stackalloc int[(int)RelayState.Done + 1];
        MessageId? oldest = null;
        foreach ((_, QueuedMessage message) in _messages)
        {
            counts[(int)StateOf(message)]++;
            oldest = oldest is null || message.Id < oldest ? message.Id : oldest;
        }

        return new QueueTotals(
            counts[(int)RelayState.Active], counts[(int)RelayState.Deferred], counts[(int)RelayState.Held], oldest?.Time);
    }

    /// <summary>The queue, oldest first.</summary>
    public IReadOnlyList<QueueEntry> List(int limit) => List(new QueueFilter(), limit);

    /// <summary>What fits a filter, oldest first.</summary>
    /// <remarks>Cost: looks at every message; a filter by sender reads envelopes back from the spool while the queue is long.</remarks>
    public IReadOnlyList<QueueEntry> List(QueueFilter filter, int limit)
    {
        // Only the oldest are kept while looking: sorting a million to show a hundred takes a second.
        PriorityQueue<QueuedMessage, MessageId> oldest = new(Comparer<MessageId>.Create(static (a, b) => b.CompareTo(a)));
        foreach (QueuedMessage message in Select(filter))
        {
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
        DateTimeOffset now = _time.GetUtcNow();
        Dictionary<string, string> reasons = new(StringComparer.Ordinal);
        Dictionary<(string Route, RelayState State, string Reason), (int[] Ages, long Octets, DateTimeOffset Oldest)> groups = [];
        foreach (QueuedMessage message in Select(filter))
        {
            (string route, RelayState state, string reply) = Gist(message);
            if (!reasons.TryGetValue(reply, out string? reason))
            {
                reasons[reply] = reason = reasons.Count < 10 * MaxGroups ? Common(reply) : string.Empty;
            }

            var key = (route, state, reason);
            if (!groups.ContainsKey(key) && groups.Count >= MaxGroups)
            {
                key = ("(other)", state, string.Empty);
            }

            (int[] ages, long octets, DateTimeOffset oldest) = groups.GetValueOrDefault(key, (new int[AgeLimits.Length + 1], 0, now));
            TimeSpan age = now - message.ReceivedAt;
            int bucket = Array.FindIndex(AgeLimits, limit => age < limit);
            ages[bucket < 0 ? AgeLimits.Length : bucket]++;
            groups[key] = (ages, octets + message.Size, message.ReceivedAt < oldest ? message.ReceivedAt : oldest);
        }

        return
        [
            .. groups.Select(g => new QueueGroup(g.Key.Route, g.Key.State, g.Key.Reason, g.Value.Ages.Sum(), g.Value.Octets, g.Value.Oldest, g.Value.Ages))
                .OrderByDescending(g => g.Count).ThenBy(g => g.Route, StringComparer.Ordinal).ThenBy(g => g.Reason, StringComparer.Ordinal),
        ];
    }

    /// <summary>Opens a queued message: its trace fields and its octets as received; null when it is not here.</summary>
    /// <exception cref="Gateway.Spool.SpoolCorruptException">It is damaged.</exception>
    public (ReadOnlyMemory<byte> Trace, Gateway.Mime.MessageBytes Content)? Open(MessageId id) =>
        _messages.ContainsKey(id) && _queue.Find(id) is Envelope envelope ? (System.Text.Encoding.UTF8.GetBytes(envelope.Trace), _queue.Read(id)) : null;

    private static (string Route, RelayState State, string Reason) Gist(QueuedMessage message)
    {
        lock (message)
        {
            Parcel? first = message.Open.Count == 0 ? null : message.Open[0];
            return (first?.Destination.Name ?? string.Empty, StateOf(message), message.Hold ?? first?.LastReply ?? string.Empty);
        }
    }

    /// <summary>What replies of one kind have in common: codes are kept, other numbers become <c>#</c>.</summary>
    private static string Common(string reply)
    {
        int words = 0;
        int text = 0;
        while (text < reply.Length && words < 2)
        {
            int end = reply.IndexOf(' ', text);
            bool isCode = (end < 0 ? reply[text..] : reply[text..end]).All(static c => char.IsAsciiDigit(c) || c == '.');
            if (!isCode || end < 0)
            {
                break;
            }

            words++;
            text = end + 1;
        }

        System.Text.StringBuilder common = new(reply, 0, text, 80);
        bool digits = false;
        foreach (char c in reply.AsSpan(text, Math.Min(reply.Length - text, 80)))
        {
            bool digit = char.IsAsciiDigit(c);
            if (!digit || !digits)
            {
                common.Append(digit ? '#' : c);
            }

            digits = digit;
        }

        return common.ToString();
    }

    private IEnumerable<QueuedMessage> Select(QueueFilter filter)
    {
        IEnumerable<QueuedMessage> all = filter.Id is MessageId id
            ? _messages.TryGetValue(id, out QueuedMessage? one) ? [one] : []
            : _messages.Select(static m => m.Value);
        return filter.IsAll ? all : all.Where(m => Fits(m, filter));
    }

    /// <summary>The parts that cost least are looked at first; the sender may have to be read from disk.</summary>
    private bool Fits(QueuedMessage message, QueueFilter filter)
    {
        if (filter.OlderThan is TimeSpan age && _time.GetUtcNow() - message.ReceivedAt <= age)
        {
            return false;
        }

        if (filter.State is RelayState state && StateOf(message) != state)
        {
            return false;
        }

        lock (message)
        {
            if ((filter.Route is string route && !message.Open.Exists(p => p.Destination.Name.Equals(route, StringComparison.OrdinalIgnoreCase)))
                || (filter.Reason is string reason && !Contains(message.Hold, reason) && !message.Open.Exists(p => Contains(p.LastReply, reason)))
                || (filter.Recipient is string to && !message.Open.Exists(p => p.Recipients.Any(r => Contains(r, to)))))
            {
                return false;
            }
        }

        return filter.Sender is not string from || (EnvelopeOf(message) is Envelope envelope
            && (from == "<>" ? envelope.Sender.Length == 0 : Contains(envelope.Sender, from)));

        static bool Contains(string? text, string part) => text?.Contains(part, StringComparison.OrdinalIgnoreCase) == true;
    }

    private static RelayState StateOf(QueuedMessage message)
    {
        lock (message)
        {
            if (message.Open.Exists(static p => p.State == ParcelState.Held) || message.Hold is not null)
            {
                return RelayState.Held;
            }

            bool waits = message.Open.Count > 0 && message.Open.TrueForAll(static p => p.State == ParcelState.Deferred
                || (p.State == ParcelState.Ready && p.Destination.Standing != HostStanding.Up));
            return waits ? RelayState.Deferred : RelayState.Active;
        }
    }

    private Envelope? EnvelopeOf(QueuedMessage message)
    {
        try
        {
            return message.Envelope ?? _queue.Find(message.Id);
        }
        catch (Gateway.Spool.SpoolCorruptException e)
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
                string.Join(',', message.Open.Select(p => p.Destination.Name).Distinct(StringComparer.Ordinal)))
            {
                Hold = message.Hold ?? string.Empty,
                IsSuspect = message.Open.Exists(static p => p.IsSuspect),
                Journal = [.. message.Open.SelectMany(static p => p.Journal?.Notes ?? []).Select(Poison.AttemptJournal.Describe)],
            };
        }
    }
}
