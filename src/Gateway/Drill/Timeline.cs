namespace Gateway.Drill;

/// <summary>One line of a timeline.</summary>
/// <param name="Seconds">Since the begin of the drill.</param>
/// <param name="What">What happened.</param>
/// <param name="Times">How often, until the next line that the drill itself wrote.</param>
/// <param name="LastSeconds">When it happened last.</param>
internal sealed record TimelineEntry(double Seconds, string What, int Times, double LastSeconds);

/// <summary>What happened when: the steps of the drill, and between them what the gateway logged.</summary>
/// <remarks>
/// Events of a kind between two steps make one line: the first in full, the others counted.
/// Threads: any.
/// </remarks>
/// <param name="time">The clock of the drill.</param>
/// <param name="show">Told of each new line as it happens.</param>
internal sealed class Timeline(TimeProvider time, Action<TimelineEntry> show)
{
    private readonly Lock _gate = new();
    private readonly long _start = time.GetTimestamp();
    private readonly List<TimelineEntry> _entries = [];
    private readonly Dictionary<string, int> _open = new(StringComparer.Ordinal);

    /// <summary>All lines.</summary>
    public IReadOnlyList<TimelineEntry> Entries
    {
        get
        {
            lock (_gate)
            {
                return [.. _entries];
            }
        }
    }

    /// <summary>A step of the drill.</summary>
    public void Step(string what)
    {
        lock (_gate)
        {
            _open.Clear();
            Add(what);
        }
    }

    /// <summary>Something that the gateway did.</summary>
    public void Event(string kind, string what)
    {
        lock (_gate)
        {
            if (_open.TryGetValue(kind, out int known))
            {
                _entries[known] = _entries[known] with { Times = _entries[known].Times + 1, LastSeconds = Now };
                return;
            }

            _open[kind] = _entries.Count;
            Add($"{kind}: {what}");
        }
    }

    private double Now => time.GetElapsedTime(_start).TotalSeconds;

    private void Add(string what)
    {
        TimelineEntry entry = new(Now, what, 1, Now);
        _entries.Add(entry);
        show(entry);
    }
}
