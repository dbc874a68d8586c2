using System.Runtime.CompilerServices;
using System.Text;
using Gateway.Relay.Delivery.Lanes;
using Gateway.Relay.Message;

namespace Gateway.Relay.Delivery;

/// <summary>Sums queued messages up by destination, state and reason.</summary>
/// <remarks>
/// Threads: one. Cost: messages of one destination lie together and have the same answer as often as not, so the group of the one before is
/// tried first; a million to one dead host look nothing up.
/// </remarks>
/// <param name="now">Later than all that was received, unless the clock was set back.</param>
/// <param name="ageOf">How old a message is.</param>
internal sealed class QueueSummary(DateTimeOffset now, Func<QueuedMessage, TimeSpan> ageOf)
{
    /// <summary>Groups at the most; what does not fit is counted under one name.</summary>
    private const int MaxGroups = 1000;

    private const int ReasonLength = 80;

    private static readonly TimeSpan[] AgeLimits = [TimeSpan.FromMinutes(5), TimeSpan.FromHours(1), TimeSpan.FromHours(6), TimeSpan.FromDays(1)];

    private readonly Dictionary<string, string> _reasons = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Route, RelayState State, string Reason), Group> _groups = [];
    private (string Route, RelayState State, string Reply, Group Group)? _last;

    /// <summary>The groups, the largest first.</summary>
    public IReadOnlyList<QueueGroup> Groups =>
    [
        .. _groups.Select(g => new QueueGroup(g.Key.Route, g.Key.State, g.Key.Reason, g.Value.Ages.Sum(), g.Value.Octets, g.Value.Oldest, g.Value.Ages))
            .OrderByDescending(g => g.Count).ThenBy(g => g.Route, StringComparer.Ordinal).ThenBy(g => g.Reason, StringComparer.Ordinal),
    ];

    /// <summary>Counts a message.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Add(QueuedMessage message, string route, RelayState state, string reply)
    {
        if (_last is not { } last || last.State != state || !ReferenceEquals(last.Route, route) || last.Reply != reply)
        {
            _last = last = (route, state, reply, GroupOf(route, state, reply));
        }

        Group group = last.Group;
        TimeSpan age = ageOf(message);
        int bucket = 0;
        while (bucket < AgeLimits.Length && age >= AgeLimits[bucket])
        {
            bucket++;
        }

        group.Ages[bucket]++;
        group.Octets += message.Size;
        group.Oldest = message.ReceivedAt < group.Oldest ? message.ReceivedAt : group.Oldest;
    }

    private Group GroupOf(string route, RelayState state, string reply)
    {
        if (!_reasons.TryGetValue(reply, out string? reason))
        {
            reason = Common(reply);
            if (_reasons.Count < 10 * MaxGroups)
            {
                _reasons[reply] = reason;
            }
        }

        var key = (route, state, reason);
        if (!_groups.ContainsKey(key) && _groups.Count >= MaxGroups)
        {
            key = ("(other)", state, string.Empty);
        }

        if (!_groups.TryGetValue(key, out Group? group))
        {
            _groups[key] = group = new Group { Oldest = now };
        }

        return group;
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

        StringBuilder common = new(reply, 0, text, ReasonLength);
        bool digits = false;
        foreach (char c in reply.AsSpan(text, Math.Min(reply.Length - text, ReasonLength)))
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

    private sealed class Group
    {
        public int[] Ages { get; } = new int[AgeLimits.Length + 1];

        public long Octets { get; set; }

        public DateTimeOffset Oldest { get; set; }
    }
}
