using Gateway.Relay.Delivery.Hosts;
using Gateway.Relay.Delivery.Poison;
using Gateway.Relay.Delivery.Routes;
using Gateway.Smtp.Client;

namespace Gateway.Relay.Delivery.Lanes;

/// <summary>The live side of a route: two lanes of mail in line, what waits for a retry, what is on hold, how many workers there are.</summary>
/// <remarks>
/// A host that cannot be reached is the destination's trouble, not a message's: the line waits, one probe at a time goes out, and
/// when it succeeds all of the line moves. Only what the host says about a message puts that message on its own retry schedule.
/// Every change of a parcel's state is made here, and every conclusion from what workers report is drawn here: <see cref="Conclude"/>, <see cref="Note"/>.
/// Threads: guarded by its own lock, the innermost but for those of <see cref="HostHealth"/> and <see cref="StallLedger"/>; never calls out
/// while holding it.
/// </remarks>
internal sealed partial class Destination
{
    /// <summary>Above this many parcels in line, envelopes are read back from the spool instead of kept.</summary>
    private const int KeepEnvelopes = 2000;

    /// <summary>Parcels given up at once: each costs a bounce.</summary>
    private const int ExpireAtOnce = 100;

    private static readonly TimeSpan ExpireEvery = TimeSpan.FromMinutes(1);

    private readonly Lock _gate = new();
    private readonly SortedSet<Parcel> _deferred = new(Parcel.ByDue);
    private readonly TimeProvider _time;
    private readonly LaneLimits _limits;
    private readonly ConcurrencyWindow _window;
    private readonly TypicalDuration _pace;
    private readonly Throttle _throttle;
    private long? _lastExpiry;
    private IReadOnlyList<DownstreamHost> _found = [];

    public Destination(Route route, LaneLimits limits, TimeProvider time)
    {
        Name = route.Name;
        _limits = limits;
        _time = time;
        _idleSince = time.GetTimestamp();
        _window = new ConcurrencyWindow(route.Terms.Concurrency ?? limits.Clean, time);
        _throttle = new Throttle(time);
        Route = route;
        _pace = new TypicalDuration(limits.HangAfter);
        Clean = new CleanLane(limits.Spares, time);
        Suspects = new SuspectLane(limits.Spares, time);
        Stalls = new StallLedger(time);
        // Two workers' worth of stumbles for each worker that may run make a host count as down.
        Health = new HostHealth(time, 2 * limits.Clean, Math.Min(limits.Clean, 5));
    }

    public string Name { get; }

    /// <summary>The hosts and the terms; a reload replaces them.</summary>
    public Route Route
    {
        get;
        set
        {
            lock (_gate)
            {
                field = value;
                _window.Most = value.Terms.Concurrency ?? _limits.Clean;
                _throttle.PerMinute = value.Terms.MessageRate;
            }
        }
    }

    /// <summary>Mail that nothing speaks against.</summary>
    public Lane Clean { get; }

    /// <summary>Mail that was tagged by risky rules, or failed behind DATA.</summary>
    public Lane Suspects { get; }

    /// <summary>How the hosts are.</summary>
    public HostHealth Health { get; }

    /// <summary>What was under way at each standstill.</summary>
    public StallLedger Stalls { get; }

    /// <summary>An administrator stopped it: nothing leaves, everything waits. Null while it goes on.</summary>
    public RoutePause? Pause { get; set; }

    /// <summary>How the hosts stand now.</summary>
    public HostStanding Standing => Pause is not null ? HostStanding.Down : Route.ByMx && Hosts.Count == 0 ? HostStanding.Up : Health.Standing(Hosts);

    /// <summary>The hosts: those of the route, or those that DNS named last.</summary>
    public IReadOnlyList<DownstreamHost> Hosts => Route.ByMx ? Volatile.Read(ref _found) : Route.Hosts;

    /// <summary>Parcels in line or waiting for their next try, for tests.</summary>
    public int Waiting
    {
        get
        {
            lock (_gate)
            {
                return Clean.Waiting + Suspects.Waiting + _deferred.Count;
            }
        }
    }

    /// <summary>How it stands, for listings.</summary>
    public RouteStatus Status
    {
        get
        {
            lock (_gate)
            {
                return new RouteStatus(
                    Name, Pause is not null, [.. Hosts.Select(Describe)], Clean.Waiting,
                    Suspects.Waiting, _deferred.Count, Clean.Sending + Suspects.Sending, Clean.Hanging + Suspects.Hanging, _window.Seats)
                {
                    Security = Route.Access.ToString(),
                    Pause = Pause,
                    Origin = Route.Origin,
                };
            }
        }
    }

    /// <summary>Puts a parcel in line: behind the others of its kind, or in front of all.</summary>
    /// <returns>True when a further worker of its lane should start.</returns>
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
            return parcel.Lane!.TryHire(Seats(parcel.Lane));
        }
    }

    /// <summary>Puts a parcel aside until it is due.</summary>
    public void Defer(Parcel parcel)
    {
        lock (_gate)
        {
            if (parcel.State != ParcelState.Closed)
            {
                Lane.Leave(parcel);
                parcel.State = ParcelState.Deferred;
                _deferred.Add(parcel);
            }
        }
    }

    /// <summary>Gives a worker its next parcel, or ends the worker.</summary>
    /// <param name="lane">The worker's lane.</param>
    /// <param name="more">True when a further worker of this lane should start.</param>
    public Parcel? Next(Lane lane, out bool more)
    {
        lock (_gate)
        {
            int seats = Seats(lane);
            Parcel? next = lane.Next(seats);
            if (next is not null)
            {
                next.State = ParcelState.Sending;
                _throttle.Take();
                seats = Seats(lane);
            }

            more = next is not null && lane.TryHire(seats);
            return next;
        }
    }

    /// <summary>Asks for one more worker, for example after the clock moved on.</summary>
    public bool MayStart(Lane lane)
    {
        lock (_gate)
        {
            return lane.TryHire(Seats(lane));
        }
    }

    /// <summary>Puts what is due now in line.</summary>
    public void TakeDue(long now)
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
    public IReadOnlyList<Parcel> TakeExpired(Func<QueuedMessage, bool> isExpired)
    {
        if (Standing == HostStanding.Up)
        {
            return [];
        }

        lock (_gate)
        {
            // The line may be long and is not in the order of age.
            if (_lastExpiry is long last && _time.GetElapsedTime(last) < ExpireEvery)
            {
                return [];
            }

            List<Parcel> expired = [.. Clean.All.Concat(Suspects.All).Where(p => isExpired(p.Message)).Take(ExpireAtOnce)];
            foreach (Parcel parcel in expired)
            {
                Lane.Leave(parcel);
                parcel.State = ParcelState.Sending;
            }

            _lastExpiry = expired.Count < ExpireAtOnce ? _time.GetTimestamp() : null;
            return expired;
        }
    }

    /// <summary>Lets a waiting parcel have its try now.</summary>
    /// <returns>False when there is nothing to hasten: it is with a worker, on hold, or in a line that moves.</returns>
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

    /// <summary>Puts a parcel on hold, unless a worker has it.</summary>
    public bool Hold(Parcel parcel)
    {
        lock (_gate)
        {
            if (parcel.State is not (ParcelState.Ready or ParcelState.Deferred))
            {
                return false;
            }

            PutAside(parcel, ParcelState.OnHold);
            return true;
        }
    }

    /// <summary>Puts a parcel on hold that its worker is done with.</summary>
    public void HoldDone(Parcel parcel)
    {
        lock (_gate)
        {
            if (parcel.State != ParcelState.Closed)
            {
                PutAside(parcel, ParcelState.OnHold);
            }
        }
    }

    /// <summary>Lets a parcel on hold go on.</summary>
    public bool Resume(Parcel parcel)
    {
        lock (_gate)
        {
            if (parcel.State != ParcelState.OnHold)
            {
                return false;
            }

            PutInLine(parcel, first: false);
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

            PutAside(parcel, ParcelState.Closed);
            return true;
        }
    }

    /// <summary>Takes a parcel out of its line to be returned, unless a worker has it.</summary>
    public bool TryClaim(Parcel parcel)
    {
        lock (_gate)
        {
            if (parcel.State is ParcelState.Sending or ParcelState.Closed)
            {
                return false;
            }

            PutAside(parcel, ParcelState.Sending);
            return true;
        }
    }

    /// <summary>Closes a parcel that its worker is done with.</summary>
    public void Close(Parcel parcel)
    {
        lock (_gate)
        {
            PutAside(parcel, ParcelState.Closed);
        }
    }

    private void PutAside(Parcel parcel, ParcelState state)
    {
        if (parcel.State == ParcelState.Deferred)
        {
            _deferred.Remove(parcel);
        }

        Lane.Leave(parcel);
        if (state == ParcelState.Closed && parcel.State != ParcelState.Closed)
        {
            Delist();
        }

        parcel.State = state;
    }

    private void PutInLine(Parcel parcel, bool first)
    {
        Lane.Leave(parcel);
        parcel.State = ParcelState.Ready;
        parcel.ReadySince = _time.GetTimestamp();
        if (Clean.Waiting + Suspects.Waiting >= KeepEnvelopes)
        {
            parcel.Message.Envelope = null;
        }

        // A suspect never leads: another one may have had its seat meanwhile.
        (parcel.IsSuspect ? Suspects : Clean).Add(parcel, first && !parcel.IsSuspect);
    }

    /// <summary>How many may be under way in a lane: all, one while hosts are on probation, none while all are down.</summary>
    private int Seats(Lane lane) => !_throttle.IsOpen ? 0 : Standing switch
    {
        HostStanding.Up => lane == Clean ? _window.Seats : _limits.Suspects,
        // A suspect is the probe only when there is nothing else.
        HostStanding.Probation => lane == Clean || !Clean.IsBusy ? 1 : 0,
        _ => 0,
    };
}
