using System.Collections.Concurrent;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;

namespace Gateway.Smtp.Server;

/// <summary>All open sessions: their count, their idle clock, their drain.</summary>
/// <remarks>
/// Promises: a session whose deadline passed is woken within about a second.
/// Threads: any. One timer sweeps all sessions; a token source per read would cost an allocation and a timer for each command.
/// Kestrel's heartbeat was rejected: its handlers cannot be unregistered and it stops before connections drain.
/// </remarks>
public sealed partial class SessionRegistry : IAsyncDisposable
{
    private readonly ConcurrentDictionary<ISession, byte> _sessions = new();
    private readonly ConcurrentQueue<(ConnectionContext Connection, Socket Socket, long Due)> _leaving = new();
    private readonly TimeProvider _time;
    private readonly ITimer _sweeper;
    private int _count;

    /// <summary>Starts the sweep.</summary>
    public SessionRegistry(TimeProvider time)
    {
        _time = time;
        _clients = new ClientLedger(time);
        _logins = new LoginLedger(time);
        _sweeper = time.CreateTimer(_ => Sweep(), null, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1));
    }

    /// <summary>Sessions open now.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _sweeper.DisposeAsync();

    internal bool TryEnter(ISession session, int limit)
    {
        if (Interlocked.Increment(ref _count) > limit)
        {
            Interlocked.Decrement(ref _count);
            return false;
        }

        _sessions[session] = 0;
        return true;
    }

    internal void Leave(ISession session)
    {
        if (_sessions.TryRemove(session, out _))
        {
            Interlocked.Decrement(ref _count);
            Forget(session);
        }
    }

    /// <summary>Cuts a connection whose session is over when its client does not take the last replies in time.</summary>
    /// <remarks>
    /// Kestrel waits without a limit until everything written is sent: a client that reads nothing would keep the socket for
    /// ever, and no longer count as a session.
    /// </remarks>
    internal void SeeOff(ConnectionContext connection)
    {
        if (connection.Features.Get<IConnectionSocketFeature>()?.Socket is Socket socket)
        {
            long due = _time.GetTimestamp() + (long)(ReplyWriter.Farewell.TotalSeconds * _time.TimestampFrequency);
            _leaving.Enqueue((connection, socket, due));
        }
    }

    private void Sweep()
    {
        long now = _time.GetTimestamp();
        for (int left = _leaving.Count; left > 0 && _leaving.TryDequeue(out var one); left--)
        {
            if (one.Socket.SafeHandle.IsClosed)
            {
                continue;
            }

            if (now > one.Due)
            {
                one.Connection.Abort();
            }
            else
            {
                _leaving.Enqueue(one);
            }
        }

        foreach (KeyValuePair<ISession, byte> open in _sessions)
        {
            open.Key.WakeIfOverdue(now);
        }
    }
}
