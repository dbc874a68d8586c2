using System.Net;
using Gateway.LoadGen.Account;
using Gateway.LoadGen.Mail;
using Gateway.LoadGen.Measure;
using Gateway.LoadGen.Net;

namespace Gateway.LoadGen.Sink;

/// <summary>The mail system behind the target: takes everything, or treats it as badly as it is told to, and knows what it got.</summary>
/// <remarks>Threads: one loop listens and hands connections to all of them in turn; members may be called by any.</remarks>
internal sealed class SmtpSink : IDisposable
{
    private const int Backlog = 4096;
    private const long Hour = 3_600_000_000_000;

    private readonly EventLoop[] _loops;
    private readonly SinkFaults[] _faults;
    private readonly HashSet<SinkConnection> _connections = [];
    private readonly Lock _gate = new();
    private readonly int _listener;
    private int _next;

    /// <summary>Begins to listen.</summary>
    public SmtpSink(SinkPlan plan, SinkBook book, int loops)
    {
        Plan = plan;
        Book = book;
        _listener = Libc.Listen(plan.EndPoint, Backlog);
        EndPoint = new IPEndPoint(plan.EndPoint.Address, Libc.Port(_listener));
        _loops = [.. Enumerable.Range(0, loops).Select(i => new EventLoop(FormattableString.Invariant($"sink {i}")))];
        _faults = [.. Enumerable.Range(0, loops).Select(i => new SinkFaults(plan, i))];
        _loops[0].Post(() => _loops[0].Watch(_listener, Libc.Readable, _ => Accept()));
    }

    /// <summary>How it behaves.</summary>
    public SinkPlan Plan { get; }

    /// <summary>Where it counts.</summary>
    public SinkBook Book { get; }

    /// <summary>Where it listens.</summary>
    public IPEndPoint EndPoint { get; }

    /// <summary>Why a loop died; null while all live.</summary>
    public Exception? Fault => _loops.Select(l => l.Fault).FirstOrDefault(f => f is not null);

    /// <summary>Enters a message.</summary>
    public void Count(Arrival? arrival, ReadOnlySpan<int> recipients, bool hasNullSender, long now)
    {
        if (arrival is not Arrival known || !Book.TryFind(known.Id.Run, out Ledger ledger, out LoadMeter meter))
        {
            Book.Strangers.CountForeign(hasNullSender);
            return;
        }

        if (ledger.Arrive(known, recipients) == ArrivalKind.Complete)
        {
            LoadId id = known.Id;
            if (now - id.Intended is >= 0 and < Hour)
            {
                meter.EndToEnd[id.IsHostile ? 1 : 0].Record(id.Intended, now);
            }

            meter.CountDelivered(known.Octets, now);
        }
    }

    /// <summary>A connection has ended.</summary>
    public void Forget(SinkConnection connection)
    {
        lock (_gate)
        {
            _connections.Remove(connection);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (EventLoop loop in _loops)
        {
            loop.Dispose();
        }

        Libc.Close(_listener);
        lock (_gate)
        {
            foreach (SinkConnection connection in _connections)
            {
                connection.Release();
            }
        }
    }

    private void Accept()
    {
        int descriptor;
        while ((descriptor = Libc.Accept(_listener)) >= 0)
        {
            int accepted = descriptor;
            int number = _next++ % _loops.Length;
            if (number == 0)
            {
                Serve(0, accepted);
            }
            else
            {
                _loops[number].Post(() => Serve(number, accepted));
            }
        }
    }

    private void Serve(int number, int descriptor)
    {
        SinkConnection connection = new(_loops[number], this, _faults[number], descriptor);
        lock (_gate)
        {
            _connections.Add(connection);
        }
    }
}
