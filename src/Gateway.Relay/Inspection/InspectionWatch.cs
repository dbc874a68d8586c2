namespace Gateway.Relay.Inspection;

/// <summary>Knows every inspection under way, marks it in the crash ring, and gives up on one that does not end.</summary>
/// <remarks>
/// Promises: a message whose inspection overruns the limit is answered all the same, quarantined as <c>parser-fault</c>; the thread that is
/// stuck in it delays nobody else. While as many inspections are stuck as may be, no further message is inspected.
/// Threads: any. Cost: one compare-and-swap to enter; a timer looks at the slots in use once a second.
/// </remarks>
public sealed class InspectionWatch : IDisposable
{
    // Neighbours in the table would share a cache line between threads.
    private const int Spread = 8;

    private static readonly TimeSpan Round = TimeSpan.FromSeconds(1);

    private readonly InspectionJob?[] _slots = new InspectionJob?[CrashRing.Slots];
    private readonly CrashRing? _ring;
    private readonly InspectionWatchLimits _limits;
    private readonly ITimer _timer;
    private int _stuck;

    /// <summary>Begins to watch.</summary>
    public InspectionWatch(TimeProvider time, InspectionWatchLimits limits, CrashRing? ring)
    {
        ArgumentNullException.ThrowIfNull(time);
        ArgumentNullException.ThrowIfNull(limits);
        _ring = ring;
        _limits = limits;
        _timer = time.CreateTimer(_ => LookRound(), state: null, Round, Round);
    }

    /// <summary>Told of each inspection that is given up, once; and with how many are stuck now.</summary>
    public Action<InspectionJob, int>? GivenUp { get; set; }

    /// <summary>Inspections that were given up and whose threads have not come back.</summary>
    public int Stuck => Volatile.Read(ref _stuck);

    /// <summary>True while no message is inspected, because too many threads are stuck.</summary>
    public bool IsOverwhelmed => Stuck >= _limits.MostStuck;

    /// <summary>Messages that may have killed an earlier process; null without a ring.</summary>
    public CrashList? Suspects => _ring?.Suspects;

    /// <summary>An inspection is about to begin.</summary>
    /// <returns>Its slot; -1 when more inspections are under way than can be watched.</returns>
    internal int Enter(InspectionJob job)
    {
        int start = Environment.CurrentManagedThreadId * Spread;
        for (int i = 0; i < _slots.Length; i++)
        {
            // All slots are tried: the stride of the first tries is made odd by the number of the round.
            int slot = (start + (i * Spread) + (i / (_slots.Length / Spread))) % _slots.Length;
            if (_slots[slot] is null && Interlocked.CompareExchange(ref _slots[slot], job, null) is null)
            {
                _ring?.Mark(slot, job.Digest, job.Size);
                return slot;
            }
        }

        return -1;
    }

    /// <summary>The inspection came back.</summary>
    internal void Leave(int slot, bool wasGivenUp)
    {
        _ring?.Clear(slot);
        Volatile.Write(ref _slots[slot], null);
        if (wasGivenUp)
        {
            Interlocked.Decrement(ref _stuck);
        }
    }

    /// <summary>Looks at all inspections once.</summary>
    internal void LookRound()
    {
        foreach (ref InspectionJob? slot in _slots.AsSpan())
        {
            // Counted before it is told, so that whoever hears of it sees the count.
            if (Volatile.Read(ref slot) is { } job && job.Elapsed > _limits.Time && job.TryGiveUp(() => Interlocked.Increment(ref _stuck)))
            {
                GivenUp?.Invoke(job, Stuck);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _timer.Dispose();
        _ring?.Dispose();
    }
}

/// <summary>When an inspection counts as stuck, and how many may be.</summary>
public sealed record InspectionWatchLimits
{
    /// <summary>Time after which an inspection is given up. The inspector itself stops earlier, as long as it moves at all. Default 25 s.</summary>
    public TimeSpan Time { get; init; } = TimeSpan.FromSeconds(25);

    /// <summary>Stuck inspections with which no further message is inspected. Default 4.</summary>
    public int MostStuck { get; init; } = 4;
}
