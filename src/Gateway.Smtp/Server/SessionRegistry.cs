using System.Collections.Concurrent;

namespace Gateway.Smtp.Server;

/// <summary>All open sessions: their count, their idle clock, their drain.</summary>
/// <remarks>
/// Promises: a session whose deadline passed is woken within about a second.
/// Threads: any. One timer sweeps all sessions; a token source per read would cost an allocation and a timer for each command.
/// Kestrel's heartbeat was rejected: its handlers cannot be unregistered and it stops before connections drain.
/// </remarks>
public sealed class SessionRegistry : IAsyncDisposable
{
    private readonly ConcurrentDictionary<SmtpSession, byte> _sessions = new();
    private readonly TimeProvider _time;
    private readonly ITimer _sweeper;
    private int _count;

    /// <summary>Starts the sweep.</summary>
    public SessionRegistry(TimeProvider time)
    {
        _time = time;
        _sweeper = time.CreateTimer(_ => Sweep(), null, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1));
    }

    /// <summary>Sessions open now.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _sweeper.DisposeAsync();

    internal bool TryEnter(SmtpSession session, int limit)
    {
        if (Interlocked.Increment(ref _count) > limit)
        {
            Interlocked.Decrement(ref _count);
            return false;
        }

        _sessions[session] = 0;
        return true;
    }

    internal void Leave(SmtpSession session)
    {
        if (_sessions.TryRemove(session, out _))
        {
            Interlocked.Decrement(ref _count);
        }
    }

    private void Sweep()
    {
        long now = _time.GetTimestamp();
        foreach (KeyValuePair<SmtpSession, byte> open in _sessions)
        {
            open.Key.WakeIfOverdue(now);
        }
    }
}
