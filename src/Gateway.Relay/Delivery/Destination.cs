using Gateway.Smtp.Client;

namespace Gateway.Relay.Delivery;

/// <summary>The live side of a route: who is in line, who waits for a retry, which hosts are up.</summary>
/// <remarks>
/// A host that cannot be reached is the destination's trouble, not a message's: the line waits, one probe at a time goes out, and
/// when it succeeds all of the line moves. Only what the host says about a message puts that message on its own retry schedule.
/// Fresh mail goes before retries. Threads: guarded by its own lock; never calls out while holding it.
/// </remarks>
internal sealed class Destination(Route route, int concurrency)
{
    private readonly Lock _gate = new();
    private readonly LinkedList<Parcel> _fresh = new();
    private readonly Queue<Parcel> _retries = new();
    private readonly PriorityQueue<Parcel, DateTimeOffset> _deferred = new();
    private readonly Dictionary<DownstreamHost, HostState> _hosts = [];
    private int _workers;

    public string Name { get; } = route.Name;

    /// <summary>The hosts; a reload replaces them.</summary>
    public Route Route { get; set; } = route;

    public int Ready
    {
        get
        {
            lock (_gate)
            {
                return _fresh.Count + _retries.Count;
            }
        }
    }

    /// <summary>Puts a parcel in line.</summary>
    /// <returns>True when a further worker should start.</returns>
    public bool Add(Parcel parcel, long now, bool first = false)
    {
        lock (_gate)
        {
            parcel.State = ParcelState.Ready;
            parcel.ReadySince = now;
            if (first)
            {
                _fresh.AddFirst(parcel);
            }
            else if (parcel.Attempts == 0)
            {
                _fresh.AddLast(parcel);
            }
            else
            {
                _retries.Enqueue(parcel);
            }

            return MayStart(now);
        }
    }

    /// <summary>Takes the next parcel, or ends the worker.</summary>
    public bool TryTake(long now, out Parcel parcel)
    {
        lock (_gate)
        {
            while (_workers <= Allowed(now) && (_fresh.Count > 0 || _retries.Count > 0))
            {
                if (_fresh.First is { } node)
                {
                    parcel = node.Value;
                    _fresh.RemoveFirst();
                }
                else
                {
                    parcel = _retries.Dequeue();
                }

                if (parcel.State == ParcelState.Ready)
                {
                    parcel.State = ParcelState.Sending;
                    return true;
                }
            }

            _workers--;
            parcel = null!;
            return false;
        }
    }

    /// <summary>Puts a parcel aside until it is due.</summary>
    public void Defer(Parcel parcel)
    {
        lock (_gate)
        {
            parcel.State = ParcelState.Deferred;
            _deferred.Enqueue(parcel, parcel.Due);
        }
    }

    /// <summary>Takes out what is due now.</summary>
    public IReadOnlyList<Parcel> TakeDue(DateTimeOffset now)
    {
        lock (_gate)
        {
            List<Parcel> due = [];
            while (_deferred.TryPeek(out Parcel? parcel, out DateTimeOffset at) && at <= now)
            {
                _deferred.Dequeue();
                // An entry whose parcel was retried by hand, or deferred anew, since it was put here is stale.
                if (parcel.State == ParcelState.Deferred && parcel.Due == at)
                {
                    due.Add(parcel);
                }
            }

            return due;
        }
    }

    /// <summary>The oldest parcels in line that were received before a time; they leave the line.</summary>
    public IReadOnlyList<Parcel> TakeOlderThan(DateTimeOffset limit)
    {
        lock (_gate)
        {
            List<Parcel> old = [];
            for (LinkedListNode<Parcel>? node = _fresh.First; node is not null;)
            {
                LinkedListNode<Parcel>? next = node.Next;
                if (node.Value.State == ParcelState.Ready && node.Value.Message.Id.Time < limit)
                {
                    node.Value.State = ParcelState.Sending;
                    old.Add(node.Value);
                    _fresh.Remove(node);
                }

                node = next;
            }

            return old;
        }
    }

    /// <summary>Asks for one more worker, for example after the clock moved on.</summary>
    public bool MayStart(long now)
    {
        lock (_gate)
        {
            if (_workers >= Allowed(now) || _workers >= _fresh.Count + _retries.Count)
            {
                return false;
            }

            _workers++;
            return true;
        }
    }

    /// <summary>The hosts worth trying now, in the order of preference.</summary>
    public IReadOnlyList<DownstreamHost> Candidates(long now)
    {
        lock (_gate)
        {
            List<DownstreamHost> up = new(Route.Hosts.Count);
            foreach (DownstreamHost host in Route.Hosts)
            {
                if (!_hosts.TryGetValue(host, out HostState? state) || state.DownUntil <= now)
                {
                    up.Add(host);
                }
            }

            return up;
        }
    }

    /// <summary>True when all hosts are marked as down.</summary>
    public bool IsSuspended(long now) => Candidates(now).Count == 0;

    /// <summary>Notes a host that could not be used.</summary>
    /// <returns>Seconds until it is tried again.</returns>
    public double MarkDown(DownstreamHost host, TimeProvider time)
    {
        lock (_gate)
        {
            HostState state = State(host);
            // A handful of workers fail at the same time: that is one failure, not twenty.
            long now = time.GetTimestamp();
            if (state.DownUntil <= now)
            {
                state.Failures++;
            }

            double seconds = Math.Min(60, Math.Pow(2, Math.Min(state.Failures, 6)));
            state.DownUntil = now + (long)(seconds * time.TimestampFrequency);
            return seconds;
        }
    }

    /// <summary>Notes a host that did its work.</summary>
    /// <returns>True when it was down before.</returns>
    public bool MarkUp(DownstreamHost host)
    {
        lock (_gate)
        {
            if (!_hosts.TryGetValue(host, out HostState? state))
            {
                return false;
            }

            bool wasDown = state.Failures > 0;
            _hosts.Remove(host);
            return wasDown;
        }
    }

    /// <summary>Counts failures in a row in the middle of transactions; at the limit the host counts as down.</summary>
    public bool IsStumbling(DownstreamHost host)
    {
        lock (_gate)
        {
            return ++State(host).Stumbles >= 2 * concurrency;
        }
    }

    private HostState State(DownstreamHost host)
    {
        if (!_hosts.TryGetValue(host, out HostState? state))
        {
            _hosts[host] = state = new HostState();
        }

        return state;
    }

    /// <summary>How many workers may run: all, one while hosts are on probation, none while all are down.</summary>
    private int Allowed(long now)
    {
        bool probation = false;
        foreach (DownstreamHost host in Route.Hosts)
        {
            if (!_hosts.TryGetValue(host, out HostState? state) || state.Failures == 0)
            {
                return concurrency;
            }

            probation |= state.DownUntil <= now;
        }

        return probation ? 1 : 0;
    }

    private sealed class HostState
    {
        public long DownUntil { get; set; }

        public int Failures { get; set; }

        public int Stumbles { get; set; }
    }
}
