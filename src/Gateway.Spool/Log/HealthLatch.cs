using Gateway.Spool.Storage;

namespace Gateway.Spool.Log;

/// <summary>Turns what the disk does into one health value: the second failure in a row latches it, a good write clears it.</summary>
internal sealed class HealthLatch(ISpoolObserver? observer)
{
    private readonly Lock _gate = new();
    private volatile SpoolHealth _current = SpoolHealth.Healthy;
    private int _failuresInARow;
    private string? _failure;
    private string? _noSpace;
    private string? _lowSpace;
    private string? _stall;
    private bool _closed;

    public SpoolHealth Current => _current;

    /// <summary>No segment is worth opening for a waiter before a probe has succeeded.</summary>
    public bool NeedsProbe
    {
        get
        {
            lock (_gate)
            {
                return (_failure ?? _noSpace) is not null;
            }
        }
    }

    /// <summary>A write, an fsync or the opening of a segment failed.</summary>
    public void WriteFailed(DiskException fault)
    {
        lock (_gate)
        {
            if (fault.IsFull)
            {
                _noSpace = fault.Message;
            }
            else if (++_failuresInARow >= 2)
            {
                _failure = $"{_failuresInARow} writes failed in a row, the last with: {fault.Message}";
            }

            Evaluate();
        }
    }

    /// <summary>A record became durable.</summary>
    public void WriteSucceeded()
    {
        if (_failuresInARow == 0 && _current.IsHealthy)
        {
            return;
        }

        lock (_gate)
        {
            _failuresInARow = 0;
            _failure = null;
            _noSpace = null;
            Evaluate();
        }
    }

    /// <summary>The free space is below the threshold, or above it again when null.</summary>
    public void LowSpace(string? detail) => Set(ref _lowSpace, detail);

    /// <summary>A write has not returned for too long, or has returned when null.</summary>
    public void Stalled(string? detail) => Set(ref _stall, detail);

    public void Close()
    {
        lock (_gate)
        {
            _closed = true;
            Evaluate();
        }
    }

    /// <summary>The exception for a waiter when the disk failed under it.</summary>
    public static SpoolUnavailableException Unavailable(DiskException fault)
        => new(fault.IsFull ? SpoolUnavailableReason.DiskFull : SpoolUnavailableReason.WriteFailed, fault.Message, fault);

    private void Set(ref string? slot, string? detail)
    {
        lock (_gate)
        {
            slot = detail;
            Evaluate();
        }
    }

    private void Evaluate()
    {
        SpoolHealth now = this switch
        {
            { _closed: true } => new SpoolHealth(SpoolUnavailableReason.Closed, "the spool is closed"),
            { _failure: { } detail } => new SpoolHealth(SpoolUnavailableReason.WriteFailed, detail),
            { _stall: { } detail } => new SpoolHealth(SpoolUnavailableReason.Stalled, detail),
            { _noSpace: { } detail } => new SpoolHealth(SpoolUnavailableReason.DiskFull, detail),
            { _lowSpace: { } detail } => new SpoolHealth(SpoolUnavailableReason.DiskFull, detail),
            _ => SpoolHealth.Healthy,
        };
        SpoolHealth before = _current;
        _current = now;
        if (before.Reason != now.Reason)
        {
            Notify.Quietly(observer, now, static (o, h) => o.HealthChanged(h));
        }
    }
}

/// <summary>Calls the observer so that its faults stay its own.</summary>
internal static class Notify
{
    [Excused("GW0003", "an observer that throws must not cost a commit, and it was itself the one to be told")]
    public static void Quietly<T>(ISpoolObserver? observer, T fact, Action<ISpoolObserver, T> call)
    {
        if (observer is null)
        {
            return;
        }

        try
        {
            call(observer, fact);
        }
        catch (Exception)
        {
            // An observer that throws must not cost a commit.
        }
    }
}
