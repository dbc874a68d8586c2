namespace Gateway.Relay.Delivery.Lanes;

/// <summary>One of the two ways to a destination: who is in line, who is under way, who hangs.</summary>
/// <remarks>
/// A transaction that hangs gives up its seat: a spare one takes its place, so that it costs only the message on it, up to the number
/// of spares. Every parcel under way stands in one of two lists, oldest first, so that finding the hanging ones costs nothing while
/// there are none.
/// Threads: guarded by the destination's lock.
/// </remarks>
internal abstract class Lane(int spares, TimeProvider time)
{
    private readonly LinkedList<Parcel> _first = new();
    private readonly LinkedList<Parcel> _sending = new();
    private readonly LinkedList<Parcel> _hanging = new();
    private int _workers;

    /// <summary>Parcels in line.</summary>
    public int Waiting => _first.Count + InLine;

    /// <summary>Parcels under way that do not hang.</summary>
    public int Sending => _sending.Count;

    /// <summary>Parcels under way that hang.</summary>
    public int Hanging => _hanging.Count;

    /// <summary>True while anything is in line or has a worker.</summary>
    public bool IsBusy => Waiting + _workers > 0;

    /// <summary>All parcels in line.</summary>
    public IEnumerable<Parcel> All => _first.Concat(Lines);

    /// <summary>All parcels under way.</summary>
    public IEnumerable<Parcel> UnderWay => _sending.Concat(_hanging);

    /// <summary>Parcels in the lane's own lines.</summary>
    protected abstract int InLine { get; }

    /// <summary>How many of those may be taken now.</summary>
    protected virtual int Ready => InLine;

    /// <summary>True while one that failed before is under way and does not hang; few are under way where this is asked.</summary>
    protected bool SendsFailed
    {
        get
        {
            for (LinkedListNode<Parcel>? seat = _sending.First; seat is not null; seat = seat.Next)
            {
                if (seat.Value.HasFailed)
                {
                    return true;
                }
            }

            return false;
        }
    }

    /// <summary>The parcels in the lane's own lines.</summary>
    protected abstract IEnumerable<Parcel> Lines { get; }

    /// <summary>Puts a parcel in line: behind the others of its kind, or in front of all.</summary>
    public void Add(Parcel parcel, bool first)
    {
        parcel.Lane = this;
        if (first)
        {
            _first.AddFirst(parcel.InLine);
        }
        else
        {
            Queue(parcel);
        }
    }

    /// <summary>Takes a parcel out of the lane, wherever it stands; it may be in none.</summary>
    public static void Leave(Parcel parcel)
    {
        if (parcel.Seat is { } seat)
        {
            seat.List?.Remove(seat);
            parcel.Seat = null;
        }

        if (parcel.Line is { } line)
        {
            line.Remove(parcel);
        }
        else
        {
            parcel.InLine.List?.Remove(parcel.InLine);
        }
    }

    /// <summary>Gives a worker its next parcel, or ends the worker.</summary>
    /// <param name="seats">Places in this lane now.</param>
    public Parcel? Next(int seats)
    {
        Parcel? next = Taken <= seats ? Take() : null;
        if (next is null)
        {
            _workers--;
            return null;
        }

        next.Began = time.GetTimestamp();
        next.Seat = _sending.AddLast(next);
        return next;
    }

    /// <summary>Counts one more worker, when there is a parcel that no worker will look for and a place.</summary>
    public bool TryHire(int seats)
    {
        // A worker that is sending may do so for minutes: only those without a parcel count as on their way.
        int idle = _workers - _sending.Count - _hanging.Count;
        bool hire = idle < _first.Count + Ready && Taken < seats;
        _workers += hire ? 1 : 0;
        return hire;
    }

    /// <summary>The next parcel that has begun to hang since it was asked last; null when there is none.</summary>
    public Parcel? NextHanging(TimeSpan patience)
    {
        if (_sending.First is not { } oldest || time.GetElapsedTime(oldest.Value.Began) < patience)
        {
            return null;
        }

        _sending.Remove(oldest);
        _hanging.AddLast(oldest);
        return oldest.Value;
    }

    /// <summary>Puts a parcel behind the others of its kind.</summary>
    protected abstract void Queue(Parcel parcel);

    /// <summary>Takes the parcel whose turn it is out of its line.</summary>
    protected abstract Parcel? TakeInLine();

    /// <summary>Seats that workers take: those of hanging transactions are covered by spares.</summary>
    private int Taken => _workers - Math.Min(_hanging.Count, spares);

    private Parcel? Take()
    {
        if (_first.First is { } head)
        {
            _first.Remove(head);
            return head.Value;
        }

        return TakeInLine();
    }
}
