using Gateway.Relay.Message;
using Gateway.Relay.Telemetry;
using Microsoft.Extensions.Logging;

namespace Gateway.Relay.Clock;

/// <summary>Tells how old things are, whatever the wall clock was set to meanwhile.</summary>
/// <remarks>
/// Its time is the time for which this gateway has run, over all its processes, by the clock that nobody can set; <see cref="Now"/> is stored
/// with each message. While the gateway is stopped only the wall clock counts, and it may be wrong at the next start: such a stop makes
/// mail older once the gateway has run for <see cref="Proof"/> since, unless the clock was set back meanwhile. A leap of the wall clock while the
/// gateway runs makes nothing older. Quarantined mail ages by running alone, because only then can anybody review it.
/// Promises: it never runs faster than the clock that nobody can set, and never back, also over restarts; what ran up to ten minutes before a crash counts as a stop.
/// Fails: a file that cannot be read counts as none and is kept aside, one that cannot be written is logged.
/// Threads: any. Cost: a call is one time stamp; a small file is written every ten minutes.
/// </remarks>
public sealed class SteadyClock : IDisposable
{
    /// <summary>How long the gateway has to run before a stop counts that only the wall clock vouches for: who set it wrongly has set it right by then.</summary>
    public static readonly TimeSpan Proof = TimeSpan.FromDays(1);

    /// <summary>A smaller leap of the wall clock is not worth a word.</summary>
    private static readonly TimeSpan Notable = TimeSpan.FromMinutes(1);

    private static readonly TimeSpan LookEvery = TimeSpan.FromMinutes(1);

    private static readonly TimeSpan WriteEvery = TimeSpan.FromMinutes(10);

    private readonly Lock _gate = new();
    private readonly ClockFile _file;
    private readonly MessageIdSource _ids;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly ITimer _timer;
    private readonly long _start;
    private long _before;
    private volatile ClockStop[] _stops;
    private DateTimeOffset _wall;
    private long _looked;
    private TimeSpan? _written;

    private SteadyClock(ClockFile file, ClockState state, MessageIdSource ids, TimeProvider time, ILogger log)
    {
        _file = file;
        _ids = ids;
        _time = time;
        _log = log;
        _start = _looked = time.GetTimestamp();
        _wall = time.GetUtcNow();
        _before = state.Ran.Ticks;
        _stops = [.. state.Stops];
        _timer = time.CreateTimer(static clock => ((SteadyClock)clock!).Look(write: false), this, LookEvery, LookEvery);
    }

    /// <summary>How long the gateway has run, over all its processes.</summary>
    public TimeSpan Now => At(_time.GetTimestamp());

    /// <summary>The last leap of the wall clock that was worth a word; null when there was none since the start.</summary>
    public ClockLeap? LastLeap { get; private set; }

    /// <summary>What a person should know, or null.</summary>
    public string? Warning => LastLeap is { } leap && Now - leap.At < Proof ? leap.ToString() : null;

    /// <summary>Opens the clock of a data directory, and lets ids go on behind those of the last process.</summary>
    /// <param name="directory">The data directory, which no other process has.</param>
    /// <param name="ids">Told of the last id that was noted.</param>
    /// <param name="time">Both clocks of the machine.</param>
    /// <param name="log">Takes leaps.</param>
    public static SteadyClock Open(string directory, MessageIdSource ids, TimeProvider time, ILogger log)
    {
        ArgumentNullException.ThrowIfNull(ids);
        ArgumentNullException.ThrowIfNull(time);
        ClockFile file = new(directory, log);
        ClockState state = file.Read();
        ids.StartAfter(new MessageId(state.LastId));
        SteadyClock clock = new(file, state, ids, time, log);
        if (state.Wall is DateTimeOffset stopped)
        {
            clock.NoteStop(clock._wall - stopped);
        }

        clock.Look(write: true);
        return clock;
    }

    /// <summary>The clock at a time stamp of this process.</summary>
    public TimeSpan At(long timestamp) => new TimeSpan(Volatile.Read(ref _before)) + _time.GetElapsedTime(_start, timestamp);

    /// <summary>How old something is, with all that the wall clock says of stops: for people to read.</summary>
    /// <param name="since">What <see cref="Now"/> was then.</param>
    public TimeSpan AgeOf(TimeSpan since) => Age(since, TimeSpan.Zero);

    /// <summary>How old something is at least, whatever the wall clock says now: for what cannot be undone.</summary>
    /// <param name="since">What <see cref="Now"/> was then.</param>
    public TimeSpan ProvenAgeOf(TimeSpan since) => Age(since, Proof);

    /// <summary>Makes sure that the clock is not behind what an earlier process stored, where its file was lost.</summary>
    public void StartAfter(TimeSpan seen)
    {
        if (seen <= Now)
        {
            // What this process received itself, as nearly always: each message comes by here.
            return;
        }

        lock (_gate)
        {
            TimeSpan behind = seen - Now;
            Volatile.Write(ref _before, _before + Math.Max(0, behind.Ticks));
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _timer.Dispose();
        Look(write: true);
    }

    /// <summary>Compares the two clocks of the machine and now and then writes down where this one stands.</summary>
    private void Look(bool write)
    {
        lock (_gate)
        {
            DateTimeOffset wall = _time.GetUtcNow();
            long now = _time.GetTimestamp();
            TimeSpan leap = wall - _wall - _time.GetElapsedTime(_looked, now);
            (_wall, _looked) = (wall, now);
            if (!NoteLeap(leap) && !write && At(now) - _written < WriteEvery)
            {
                return;
            }

            _written = At(now);
            _file.Write(new ClockState { Ran = At(now), Wall = wall, LastId = _ids.Last.Value, Stops = _stops });
        }
    }

    private TimeSpan Age(TimeSpan since, TimeSpan proof)
    {
        TimeSpan now = Now;
        TimeSpan age = now - since;
        foreach (ClockStop stop in _stops)
        {
            if (stop.At > since && now - stop.At >= proof)
            {
                age += stop.Length;
            }
        }

        return age > TimeSpan.Zero ? age : TimeSpan.Zero;
    }

    private void NoteStop(TimeSpan length)
    {
        if (length < TimeSpan.Zero)
        {
            NoteLeap(length);
        }
        else
        {
            _stops = ClockStop.Add(_stops, new ClockStop(Now, length));
            if (length >= Proof)
            {
                GatewayLog.LongStop(_log, length, Proof);
            }
        }
    }

    /// <summary>Takes a leap of the wall clock into account; true when it was worth a word.</summary>
    private bool NoteLeap(TimeSpan leap)
    {
        TimeSpan now = Now;
        if (leap < TimeSpan.Zero)
        {
            // It was ahead before, so the last stops were shorter than it made them; what is proven stays.
            _stops = ClockStop.TakeBack(_stops, -leap, s => now - s.At < Proof);
        }

        if (leap.Duration() < Notable)
        {
            return false;
        }

        LastLeap = new ClockLeap(now, leap, _wall);
        GatewayLog.ClockLeapt(_log, LastLeap.ToString());
        return true;
    }
}
