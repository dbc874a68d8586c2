namespace Gateway.Relay.Delivery;

/// <summary>The live side of a route: who is in line, who waits for a retry, how many workers there are.</summary>
/// <remarks>
/// A host that cannot be reached is the destination's trouble, not a message's: the line waits, one probe at a time goes out, and
/// when it succeeds all of the line moves. Only what the host says about a message puts that message on its own retry schedule.
/// Fresh mail goes before retries. Every change of a parcel's state is made here.
/// Threads: guarded by its own lock, the innermost but for <see cref="HostHealth"/>'s; never calls out while holding it.
/// </remarks>
internal sealed class Destination(Route route, int concurrency, TimeProvider time)
{
    /// <summary>Above this many parcels in line, envelopes are read back from the spool instead of kept.</summary>
    private const int KeepEnvelopes = 2000;

    /// <summary>Parcels given up at once: each costs a bounce.</summary>
    private const int ExpireAtOnce = 100;

    private static readonly TimeSpan ExpireEvery = TimeSpan.FromMinutes(1);

    private readonly Lock _gate = new();
    private readonly LinkedList<Parcel> _fresh = new();
    private readonly LinkedList<Parcel> _retries = new();
    private readonly SortedSet<Parcel> _deferred = new(Parcel.ByDue);
    private int _workers;
    private int _sending;
    private long? _lastExpiry;

    public string Name { get; } = route.Name;

    /// <summary>The hosts; a reload replaces them.</summary>
    public Route Route { get; set; } = route;

    /// <summary>How the hosts are. Two workers' worth of stumbles for each worker that may run make a host count as down.</summary>
    public HostHealth Health { get; } = new(time, 2 * concurrency);

    /// <summary>How the hosts stand now.</summary>
    public HostStanding Standing => Health.Standing(Route.Hosts);

    /// <summary>Parcels in line or waiting for their next try, for tests.</summary>
    public int Waiting
    {
        get
        {
            lock (_gate)
            {
                return _fresh.Count + _retries.Count + _deferred.Count;
            }
        }
    }

    /// <summary>Puts a parcel in line: behind the others of its kind, or in front of all.</summary>
    /// <returns>True when a further worker should start.</returns>
    public bool Add(Parcel parcel, bool first = false)
    {
        lock (_gate)
        {
            if (parcel.State == ParcelState.Closed)
            {
                // Removed between being made and getting here.
                return false;
            }

            PutInLine(parcel, first);
            return TryHire();
        }
    }

    /// <summary>Puts a parcel aside until it is due.</summary>
    public void Defer(Parcel parcel)
    {
        lock (_gate)
        {
            if (parcel.State != ParcelState.Closed)
            {
                parcel.State = ParcelState.Deferred;
                _deferred.Add(parcel);
            }
        }
    }

    /// <summary>Gives a worker its next parcel, or ends the worker.</summary>
    /// <param name="done">The parcel the worker had before, whatever became of it; null at its start.</param>
    /// <param name="more">True when a further worker should start.</param>
    public Parcel? Next(Parcel? done, out bool more)
    {
        lock (_gate)
        {
            _sending -= done is null ? 0 : 1;
            Parcel? next = _workers <= Allowed() ? _fresh.First?.Value ?? _retries.First?.Value : null;
            if (next is null)
            {
                _workers--;
                more = false;
                return null;
            }

            _sending++;
            Take(next);
            more = TryHire();
            return next;
        }
    }

    /// <summary>Asks for one more worker, for example after the clock moved on.</summary>
    public bool MayStart()
    {
        lock (_gate)
        {
            return TryHire();
        }
    }

    /// <summary>Puts what is due now in line.</summary>
    public void TakeDue(DateTimeOffset now)
    {
        lock (_gate)
        {
            while (_deferred.Min is { } parcel && parcel.Due <= now)
            {
                _deferred.Remove(parcel);
                PutInLine(parcel, first: false);
            }
        }
    }

    /// <summary>Takes out of the line what is older than mail may become, but only while no host is up: else the attempt decides.</summary>
    public IReadOnlyList<Parcel> TakeExpired(DateTimeOffset now, TimeSpan lifetime)
    {
        if (Standing == HostStanding.Up)
        {
            return [];
        }

        lock (_gate)
        {
            // The line may be long and is not in the order of age.
            if (_lastExpiry is long last && time.GetElapsedTime(last) < ExpireEvery)
            {
                return [];
            }

            List<Parcel> expired = [.. _fresh.Concat(_retries).Where(p => now - p.Message.ReceivedAt > lifetime).Take(ExpireAtOnce)];
            expired.ForEach(Take);
            _lastExpiry = expired.Count < ExpireAtOnce ? time.GetTimestamp() : null;
            return expired;
        }
    }

    /// <summary>Lets a waiting parcel have its try now.</summary>
    /// <returns>False when there is nothing to hasten: it is with a worker, or in a line that moves.</returns>
    public bool Hasten(Parcel parcel)
    {
        lock (_gate)
        {
            if (parcel.State == ParcelState.Deferred)
            {
                _deferred.Remove(parcel);
                PutInLine(parcel, first: false);
            }
            else if (parcel.State != ParcelState.Ready || Standing == HostStanding.Up)
            {
                return false;
            }

            Health.EndPauses();
            return true;
        }
    }

    /// <summary>Closes a parcel for good, unless a worker has it.</summary>
    public bool Withdraw(Parcel parcel)
    {
        lock (_gate)
        {
            if (parcel.State == ParcelState.Sending)
            {
                return false;
            }

            Close(parcel);
            return true;
        }
    }

    /// <summary>Closes a parcel that its worker is done with.</summary>
    public void Close(Parcel parcel)
    {
        lock (_gate)
        {
            _deferred.Remove(parcel);
            parcel.InLine.List?.Remove(parcel.InLine);
            parcel.State = ParcelState.Closed;
        }
    }

    private static void Take(Parcel parcel)
    {
        parcel.InLine.List!.Remove(parcel.InLine);
        parcel.State = ParcelState.Sending;
    }

    private void PutInLine(Parcel parcel, bool first)
    {
        parcel.State = ParcelState.Ready;
        parcel.ReadySince = time.GetTimestamp();
        if (_fresh.Count + _retries.Count >= KeepEnvelopes)
        {
            parcel.Message.Envelope = null;
        }

        if (first)
        {
            _fresh.AddFirst(parcel.InLine);
        }
        else
        {
            (parcel.Attempts == 0 ? _fresh : _retries).AddLast(parcel.InLine);
        }
    }

    /// <summary>Counts one more worker, when there is a parcel that no worker will look for and a place.</summary>
    private bool TryHire()
    {
        // A worker that is sending may do so for minutes: only those without a parcel count as on their way.
        bool hire = _workers - _sending < _fresh.Count + _retries.Count && _workers < Allowed();
        _workers += hire ? 1 : 0;
        return hire;
    }

    /// <summary>How many workers may run: all, one while hosts are on probation, none while all are down.</summary>
    private int Allowed() => Standing switch
    {
        HostStanding.Up => concurrency,
        HostStanding.Probation => 1,
        _ => 0,
    };
}
