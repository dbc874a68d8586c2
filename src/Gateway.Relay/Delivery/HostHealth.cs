using Gateway.Smtp.Client;

namespace Gateway.Relay.Delivery;

/// <summary>How the hosts of a destination stand together.</summary>
internal enum HostStanding
{
    /// <summary>At least one host did its work last time, or was never tried.</summary>
    Up,

    /// <summary>All failed; the pause of at least one is over, so one message may try it.</summary>
    Probation,

    /// <summary>All failed and none is to be tried yet, or there is none.</summary>
    Down,
}

/// <summary>Which hosts of a destination can be used, and when one that failed is tried again.</summary>
/// <remarks>
/// A failed host is probed by one message at a time, also while another host carries the mail: a host that swallows connections
/// costs one delivery its connect timeout, not all of them.
/// Threads: any; guarded by its own lock, calls nothing out.
/// </remarks>
/// <param name="time">The clock of the pauses.</param>
/// <param name="stumbleLimit">Failures in the middle of transactions, in a row, after which a host counts as down.</param>
internal sealed class HostHealth(TimeProvider time, int stumbleLimit)
{
    private const double LongestPause = 60;

    private readonly Lock _gate = new();
    private readonly Dictionary<DownstreamHost, HostState> _hosts = [];

    /// <summary>How the hosts stand now.</summary>
    public HostStanding Standing(IReadOnlyList<DownstreamHost> hosts)
    {
        lock (_gate)
        {
            long now = time.GetTimestamp();
            HostStanding best = HostStanding.Down;
            foreach (DownstreamHost host in hosts)
            {
                if (!_hosts.TryGetValue(host, out HostState? state) || state.Failures == 0)
                {
                    return HostStanding.Up;
                }

                best = state.IsTriable(now) ? HostStanding.Probation : best;
            }

            return best;
        }
    }

    /// <summary>The hosts that one message should try now, in the order of preference.</summary>
    /// <remarks>A failed host whose pause is over is handed to one caller; others get it only when that one never reports.</remarks>
    public IReadOnlyList<DownstreamHost> Claim(IReadOnlyList<DownstreamHost> hosts)
    {
        lock (_gate)
        {
            if (_hosts.Count == 0)
            {
                return hosts;
            }

            long now = time.GetTimestamp();
            List<DownstreamHost> usable = new(hosts.Count);
            foreach (DownstreamHost host in hosts)
            {
                if (!_hosts.TryGetValue(host, out HostState? state) || state.Failures == 0)
                {
                    usable.Add(host);
                }
                else if (state.IsTriable(now))
                {
                    state.ProbedUntil = now + Ticks(LongestPause);
                    usable.Add(host);
                }
            }

            return usable;
        }
    }

    /// <summary>Notes a host that could not be used.</summary>
    /// <returns>Seconds until it is tried again.</returns>
    public double MarkDown(DownstreamHost host)
    {
        lock (_gate)
        {
            HostState state = StateOf(host);
            long now = time.GetTimestamp();
            // A handful of workers fail at the same time: that is one failure, not twenty.
            if (state.DownUntil <= now)
            {
                state.Failures++;
            }

            double seconds = Math.Min(LongestPause, Math.Pow(2, Math.Min(state.Failures, 6)));
            state.DownUntil = now + Ticks(seconds);
            state.ProbedUntil = now;
            return seconds;
        }
    }

    /// <summary>Notes a host that did its work.</summary>
    /// <returns>True when it was down before.</returns>
    public bool MarkUp(DownstreamHost host)
    {
        lock (_gate)
        {
            return _hosts.Remove(host, out HostState? state) && state.Failures > 0;
        }
    }

    /// <summary>Counts a failure in the middle of a transaction.</summary>
    /// <returns>True when there were so many in a row that the host counts as down.</returns>
    public bool HasStumbled(DownstreamHost host)
    {
        lock (_gate)
        {
            HostState state = StateOf(host);
            // It talks, so it may well have been this message: the next one may try at once.
            state.ProbedUntil = time.GetTimestamp();
            return ++state.Stumbles >= stumbleLimit;
        }
    }

    /// <summary>Ends all pauses: an administrator wants the hosts tried at once.</summary>
    public void EndPauses()
    {
        lock (_gate)
        {
            long now = time.GetTimestamp();
            foreach (HostState state in _hosts.Values)
            {
                state.DownUntil = Math.Min(state.DownUntil, now);
            }
        }
    }

    private long Ticks(double seconds) => (long)(seconds * time.TimestampFrequency);

    private HostState StateOf(DownstreamHost host)
    {
        if (!_hosts.TryGetValue(host, out HostState? state))
        {
            _hosts[host] = state = new HostState();
        }

        return state;
    }

    private sealed class HostState
    {
        public long DownUntil { get; set; } = long.MinValue;

        /// <summary>Until then the probe that is under way is waited for.</summary>
        public long ProbedUntil { get; set; } = long.MinValue;

        public int Failures { get; set; }

        public int Stumbles { get; set; }

        public bool IsTriable(long now) => DownUntil <= now && ProbedUntil <= now;
    }
}
