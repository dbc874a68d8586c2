using System.Collections.Concurrent;

namespace Gateway.Relay.Delivery.Dns;

/// <summary>What DNS said about a name.</summary>
/// <param name="IsFailure">No answer: SERVFAIL, a time-out, no server. Everything else is an answer, also that there is no such name.</param>
/// <param name="Value">The answer; null on failure.</param>
/// <param name="TimeToLive">How long the answer may be used.</param>
/// <param name="Detail">The failure in words.</param>
internal sealed record DnsAnswer<T>(bool IsFailure, T? Value, TimeSpan TimeToLive, string Detail)
    where T : class
{
    /// <summary>True when the answer's time is over and DNS could not be asked.</summary>
    public bool IsStale { get; init; }

    /// <summary>True when a part of the question was not answered: what there is serves for a moment, and never replaces a whole answer.</summary>
    public bool IsPartial { get; init; }
}

/// <summary>Answers of DNS for as long as they are good, and beyond that for as long as DNS cannot be asked.</summary>
/// <remarks>
/// Promises: at most one question about a name at a time; a failure or half an answer is not asked again for <see cref="FailureHold"/> from the question on; with an old answer
/// or half of one at hand nobody waits longer than <see cref="Patience"/> for a new one, and while DNS is known to be silent nobody waits at all; at most
/// <see cref="MostNames"/> names are kept, the ones used last.
/// Fails: never; a failure is an answer.
/// Threads: any.
/// Source: RFC 8767 (stale answers) with its bounds, RFC 2308 (negative answers).
/// </remarks>
/// <param name="ask">Asks DNS; has a time limit of its own and does not throw.</param>
/// <param name="time">The clock.</param>
/// <param name="isGood">Whether an answer is worth being kept for hard times.</param>
/// <param name="asked">Told of each question: the name, the answer that is given out, and how old it is beyond its time.</param>
/// <param name="merge">Completes a partial answer (second) by an older whole one (first).</param>
internal sealed class DnsCache<T>(
    Func<string, Task<DnsAnswer<T>>> ask, TimeProvider time, Func<T, bool> isGood, Action<string, DnsAnswer<T>, TimeSpan> asked, Func<T, T, T>? merge = null)
    where T : class
{
    /// <summary>Names kept at most.</summary>
    public const int MostNames = 10_000;

    /// <summary>How long a failure is not asked again. RFC 8767 section 5 recommends 30 s.</summary>
    public static readonly TimeSpan FailureHold = TimeSpan.FromSeconds(30);

    /// <summary>How long an answer is waited for while there is an old one. RFC 8767 section 5: 1.8 s.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(1.8);

    /// <summary>An answer is used that long at least, whatever its TTL: zero would mean a question per message.</summary>
    public static readonly TimeSpan ShortestTime = TimeSpan.FromSeconds(5);

    /// <summary>An answer is used that long at most without asking again.</summary>
    public static readonly TimeSpan LongestTime = TimeSpan.FromDays(1);

    /// <summary>How long beyond its time an answer serves while DNS fails. RFC 8767 section 5: one to three days.</summary>
    public static readonly TimeSpan StaleTime = TimeSpan.FromDays(3);

    private readonly ConcurrentDictionary<string, Entry> _entries = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Names kept now.</summary>
    public int Count => _entries.Count;

    /// <summary>Has every name asked again when it is needed next, because other servers are asked now; whole answers stay for the time in which they fail.</summary>
    public void AskAgain()
    {
        foreach (Entry entry in _entries.Values)
        {
            lock (entry)
            {
                entry.AskAgain = TimeSpan.MinValue;
            }
        }
    }

    /// <summary>By the clock that nobody can set.</summary>
    private TimeSpan Now => time.GetElapsedTime(0);

    /// <summary>The answer about a name.</summary>
    /// <param name="name">The name.</param>
    /// <param name="ct">Ends the wait, not the question: others may wait for it too.</param>
    public ValueTask<DnsAnswer<T>> GetAsync(string name, CancellationToken ct)
    {
        Entry entry = _entries.GetOrAdd(name, static _ => new Entry());
        Task<DnsAnswer<T>> pending;
        DnsAnswer<T>? old = null;
        lock (entry)
        {
            TimeSpan now = Now;
            entry.Used = now;
            if (entry.Pending is null && entry.Current is { } current && now < entry.AskAgain)
            {
                return new ValueTask<DnsAnswer<T>>(current);
            }

            pending = entry.Pending ??= AskAsync(name, entry);
            if (pending.IsCompleted)
            {
                entry.Pending = null;
            }
            else
            {
                old = Stopgap(entry, now);
                if (old is not null && entry.IsSilent)
                {
                    return new ValueTask<DnsAnswer<T>>(old);
                }
            }
        }

        if (_entries.Count > MostNames)
        {
            Trim();
        }

        return new ValueTask<DnsAnswer<T>>(old is null ? pending.WaitAsync(ct) : WaitAsync(name, entry, pending, old, ct));
    }

    /// <summary>What serves when the answer takes long: the half that is known, or the answer whose time is over; null when neither is there.</summary>
    private static DnsAnswer<T>? Stopgap(Entry entry, TimeSpan now)
    {
        bool isAskedAnew = entry.AskAgain == TimeSpan.MinValue;
        return entry.Current is { IsPartial: true } half && !isAskedAnew && now - entry.AskAgain <= StaleTime ? half
            : entry.Good is { } good && now - entry.GoodUntil <= StaleTime ? good with { IsStale = true, Detail = "no answer yet" }
            : null;
    }

    /// <summary>Waits a moment for an answer; then the old one has to do.</summary>
    private async Task<DnsAnswer<T>> WaitAsync(string name, Entry entry, Task<DnsAnswer<T>> pending, DnsAnswer<T> old, CancellationToken ct)
    {
        try
        {
            return await pending.WaitAsync(Patience, time, ct);
        }
        catch (TimeoutException)
        {
            TimeSpan overdue;
            bool isFirst;
            lock (entry)
            {
                isFirst = !entry.IsSilent && entry.Pending == pending;
                entry.IsSilent |= isFirst;
                overdue = Now - entry.GoodUntil;
            }

            if (isFirst)
            {
                asked(name, old, overdue);
            }

            return old;
        }
    }

    private async Task<DnsAnswer<T>> AskAsync(string name, Entry entry)
    {
        TimeSpan begun = Now;
        DnsAnswer<T> answer = await ask(name);
        TimeSpan overdue = TimeSpan.Zero;
        lock (entry)
        {
            TimeSpan now = Now;
            if (answer.IsPartial)
            {
                entry.AskAgain = AfterFailure(begun, now);
                answer = entry.Good is { } whole && merge is not null && now - entry.GoodUntil <= StaleTime
                    ? answer with { Value = merge(whole.Value!, answer.Value!) }
                    : answer;
            }
            else if (!answer.IsFailure)
            {
                TimeSpan use = answer.TimeToLive < ShortestTime ? ShortestTime : answer.TimeToLive > LongestTime ? LongestTime : answer.TimeToLive;
                entry.AskAgain = now + use;
                entry.Good = isGood(answer.Value!) ? answer : null;
                entry.GoodUntil = entry.AskAgain;
            }
            else
            {
                entry.AskAgain = AfterFailure(begun, now);
                overdue = now - entry.GoodUntil;
                answer = entry.Good is { } good && overdue <= StaleTime ? good with { IsStale = true, Detail = answer.Detail } : answer;
            }

            entry.IsSilent = answer.IsFailure || answer.IsStale;
            entry.Current = answer;
            entry.Pending = null;
        }

        asked(name, answer, overdue);
        return answer;
    }

    /// <summary>When what failed is asked again: the time that a silent server took is part of the wait, so that mail waits no longer for silence than for a refusal.</summary>
    private static TimeSpan AfterFailure(TimeSpan begun, TimeSpan now) => begun + FailureHold > now + ShortestTime ? begun + FailureHold : now + ShortestTime;

    // The tenth that was not used longest goes; what is being asked stays.
    private void Trim()
    {
        foreach ((string name, _) in _entries.Where(static e => e.Value.Pending is null).OrderBy(static e => e.Value.Used).Take(MostNames / 10).ToArray())
        {
            _entries.TryRemove(name, out _);
        }
    }

    private sealed class Entry
    {
        public DnsAnswer<T>? Current { get; set; }

        public TimeSpan AskAgain { get; set; }

        public DnsAnswer<T>? Good { get; set; }

        public TimeSpan GoodUntil { get; set; }

        public TimeSpan Used { get; set; }

        public Task<DnsAnswer<T>>? Pending { get; set; }

        /// <summary>DNS did not answer the last time, or does not now.</summary>
        public bool IsSilent { get; set; }
    }
}
