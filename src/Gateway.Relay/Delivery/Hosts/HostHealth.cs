using Gateway.Smtp.Client;

namespace Gateway.Relay.Delivery.Hosts;

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

/// <summary>What passed and failed at a host up to a moment; the difference of two is what happened in between.</summary>
internal readonly record struct HostMark(DownstreamHost? Host, long Passes, long Failures);

/// <summary>The breakers of a destination's hosts: which can be used, in which order, and when one that failed is tried again.</summary>
/// <remarks>
/// A failed host is probed by one message at a time, also while another host carries the mail: a host that swallows connections
/// costs one delivery its connect timeout, not all of them.
/// Threads: any; guarded by its own lock, calls nothing out.
/// </remarks>
/// <param name="time">The clock of the pauses.</param>
/// <param name="stumbleLimit">Transactions that break off in a row, after which a host counts as down.</param>
/// <param name="hangLimit">Transactions that hang while none passes, after which a host counts as stalled.</param>
internal sealed class HostHealth(TimeProvider time, int stumbleLimit, int hangLimit = 5)
{
    private const int StumblesBesideAnother = 5;

    private readonly Lock _gate = new();
    private readonly Dictionary<DownstreamHost, Breaker> _breakers = [];

    /// <summary>How the hosts stand now.</summary>
    public HostStanding Standing(IReadOnlyList<DownstreamHost> hosts)
    {
        lock (_gate)
        {
            HostStanding best = HostStanding.Down;
            foreach (DownstreamHost host in hosts)
            {
                BreakerState state = StateOf(host);
                if (state == BreakerState.Closed)
                {
                    return HostStanding.Up;
                }

                best = state == BreakerState.HalfOpen ? HostStanding.Probation : best;
            }

            return best;
        }
    }

    /// <summary>Asks whether one message may try a host now.</summary>
    /// <remarks>A failed host whose pause is over is handed to one caller; others get it only when that one never reports.</remarks>
    public bool TryClaim(DownstreamHost host)
    {
        lock (_gate)
        {
            BreakerState state = StateOf(host);
            if (state == BreakerState.HalfOpen)
            {
                _breakers[host].Probe();
            }

            return state != BreakerState.Open;
        }
    }

    /// <summary>True when a host behind the first ones could be tried now.</summary>
    /// <param name="hosts">The hosts in the order in which they are tried.</param>
    /// <param name="from">The index of the first one asked about.</param>
    public bool HasUsable(IReadOnlyList<DownstreamHost> hosts, int from)
    {
        lock (_gate)
        {
            bool found = false;
            for (int i = from; i < hosts.Count && !found; i++)
            {
                found = StateOf(hosts[i]) != BreakerState.Open;
            }

            return found;
        }
    }

    /// <summary>Whether a host gets mail now.</summary>
    public BreakerState StateAt(DownstreamHost host)
    {
        lock (_gate)
        {
            return StateOf(host);
        }
    }

    /// <summary>How it stands with a host that gets no mail; null while it is up.</summary>
    public HostTrouble? TroubleOf(DownstreamHost host)
    {
        lock (_gate)
        {
            return _breakers.TryGetValue(host, out Breaker? breaker) ? breaker.Trouble : null;
        }
    }

    /// <summary>What passed and failed at a host so far.</summary>
    public HostMark Mark(DownstreamHost host)
    {
        lock (_gate)
        {
            return _breakers.TryGetValue(host, out Breaker? breaker) ? new HostMark(host, breaker.Passes, breaker.Failures) : new HostMark(host, 0, 0);
        }
    }

    /// <summary>Connections that a host closed behind end of data within a second of a moment.</summary>
    public int DropsAround(DownstreamHost host, long moment)
    {
        lock (_gate)
        {
            return _breakers.TryGetValue(host, out Breaker? breaker) ? breaker.DropsAround(moment) : 0;
        }
    }

    /// <summary>Notes a host that could not be reached.</summary>
    /// <param name="host">The host.</param>
    /// <param name="reason">Why, for people.</param>
    /// <returns>Seconds until it is tried again; null when it works and only has enough connections.</returns>
    public double? Refuse(DownstreamHost host, string reason = "")
    {
        lock (_gate)
        {
            Breaker breaker = BreakerOf(host);
            if (!breaker.Refuse())
            {
                return null;
            }

            breaker.Reason = reason;
            return breaker.Open();
        }
    }

    /// <summary>Notes a host that does not do its work.</summary>
    /// <param name="host">The host.</param>
    /// <param name="reason">Why, for people.</param>
    /// <returns>Seconds until it is tried again.</returns>
    public double MarkDown(DownstreamHost host, string reason = "")
    {
        lock (_gate)
        {
            Breaker breaker = BreakerOf(host);
            breaker.Reason = reason;
            return breaker.Open();
        }
    }

    /// <summary>Notes a host that answered, though it took nothing.</summary>
    /// <returns>True when it was down before.</returns>
    public bool Answer(DownstreamHost host)
    {
        lock (_gate)
        {
            return BreakerOf(host).Answer();
        }
    }

    /// <summary>Notes a host that took a message.</summary>
    /// <returns>True when it was down before.</returns>
    public bool MarkUp(DownstreamHost host)
    {
        lock (_gate)
        {
            return BreakerOf(host).Pass();
        }
    }

    /// <summary>Counts a failure in the middle of a transaction.</summary>
    /// <param name="host">The host.</param>
    /// <param name="hosts">All hosts of the route: beside another one that works it is left alone sooner, since every drop may double a message.</param>
    /// <returns>True when there were so many in a row that the host counts as down.</returns>
    public bool HasStumbled(DownstreamHost host, IReadOnlyList<DownstreamHost> hosts)
    {
        lock (_gate)
        {
            bool hasOther = hosts.Any(h => h != host && StateOf(h) == BreakerState.Closed);
            return BreakerOf(host).Stumble(hasOther ? Math.Min(stumbleLimit, StumblesBesideAnother) : stumbleLimit);
        }
    }

    /// <summary>Counts a transaction that hangs.</summary>
    /// <returns>True when the host has just come to a standstill.</returns>
    public bool HasStalled(DownstreamHost host, long began)
    {
        lock (_gate)
        {
            Breaker breaker = BreakerOf(host);
            if (!breaker.Hang(began))
            {
                return false;
            }

            breaker.Reason = "it takes mail and never answers";
            return true;
        }
    }

    /// <summary>Counts a message that failed behind its end of data.</summary>
    public void Fail(DownstreamHost host, bool dropped)
    {
        lock (_gate)
        {
            BreakerOf(host).Fail(dropped);
        }
    }

    /// <summary>Ends all pauses: an administrator wants the hosts tried at once.</summary>
    public void EndPauses()
    {
        lock (_gate)
        {
            foreach (Breaker breaker in _breakers.Values)
            {
                breaker.EndPause();
            }
        }
    }

    private BreakerState StateOf(DownstreamHost host) =>
        _breakers.TryGetValue(host, out Breaker? breaker) ? breaker.State : BreakerState.Closed;

    private Breaker BreakerOf(DownstreamHost host)
    {
        if (!_breakers.TryGetValue(host, out Breaker? breaker))
        {
            _breakers[host] = breaker = new Breaker(time, hangLimit);
        }

        return breaker;
    }
}
