using System.Diagnostics.CodeAnalysis;

namespace Gateway.Smtp.Client;

/// <summary>The idle connections to one host, oldest first, and the count of lent ones.</summary>
internal sealed class IdleConnections(int maxLent, TimeProvider time)
{
    private readonly Lock _gate = new();
    private readonly List<(DownstreamConnection Connection, long Since)> _idle = [];
    private int _users;
    private long _used;
    private bool _isRetired;

    /// <summary>One slot per connection that may still be lent.</summary>
    public SemaphoreSlim Lent { get; } = new(maxLent, maxLent);

    /// <summary>The AUTH mechanisms that the host refused.</summary>
    public RefusedMechanisms Refused { get; } = new(time);

    public int IdleCount
    {
        get
        {
            lock (_gate)
            {
                return _idle.Count;
            }
        }
    }

    /// <summary>Begins a rental; false when the shelf was retired and another one has to be made.</summary>
    public bool TryEnter(long now)
    {
        lock (_gate)
        {
            if (_isRetired)
            {
                return false;
            }

            _users++;
            _used = now;
            return true;
        }
    }

    /// <summary>Ends a rental.</summary>
    public void Leave(long now)
    {
        lock (_gate)
        {
            _users--;
            _used = now;
        }
    }

    /// <summary>Retires the shelf when nobody has used it since; from then on nobody can.</summary>
    public bool TryRetire(long unusedSince)
    {
        lock (_gate)
        {
            return _isRetired |= _users == 0 && _idle.Count == 0 && _used <= unusedSince;
        }
    }

    /// <summary>Takes the connection used last.</summary>
    public bool TryTake([NotNullWhen(true)] out DownstreamConnection? connection)
    {
        lock (_gate)
        {
            connection = _idle.Count > 0 ? _idle[^1].Connection : null;
            if (connection is not null)
            {
                _idle.RemoveAt(_idle.Count - 1);
            }

            return connection is not null;
        }
    }

    public bool TryKeep(DownstreamConnection connection, int maxIdle, long now)
    {
        lock (_gate)
        {
            if (_idle.Count >= maxIdle)
            {
                return false;
            }

            _idle.Add((connection, now));
            return true;
        }
    }

    /// <summary>Closes what cannot be reused and what has been idle since the given timestamp or before.</summary>
    public void Close(long idleSince)
    {
        List<DownstreamConnection> closing = [];
        lock (_gate)
        {
            for (int i = _idle.Count - 1; i >= 0; i--)
            {
                if (_idle[i].Since <= idleSince || !_idle[i].Connection.CanReuse)
                {
                    closing.Add(_idle[i].Connection);
                    _idle.RemoveAt(i);
                }
            }
        }

        foreach (DownstreamConnection connection in closing)
        {
            connection.Close();
        }
    }
}
