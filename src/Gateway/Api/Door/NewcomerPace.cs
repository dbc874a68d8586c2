namespace Gateway.Api.Door;

/// <summary>How fast connections are accepted that have not brought the token: strangers that come as fast as they are closed would take processors from mail.</summary>
/// <remarks>
/// Promises: after the first ones, connections without the token are accepted at a fixed pace, first come, first served; a connection over which
/// the token comes gives back what it took, so who has the token is not slowed by its own connections. Who waits stays in the system's backlog.
/// Threads: any. Cost: a lock for each connection.
/// </remarks>
/// <param name="time">The clock of the pace.</param>
internal sealed class NewcomerPace(TimeProvider time)
{
    /// <summary>Connections accepted at once after a quiet time.</summary>
    public const int Burst = 100;

    /// <summary>Connections accepted a second when they keep coming.</summary>
    public const int PerSecond = 200;

    /// <summary>How long accepting rests when none is left: some come at once then, instead of a timer for each.</summary>
    private static readonly TimeSpan Rest = TimeSpan.FromMilliseconds(20);

    private readonly Lock _gate = new();
    private double _left = Burst;
    private long _counted = time.GetTimestamp();

    /// <summary>Waits until one more may be accepted.</summary>
    public async ValueTask WaitAsync(CancellationToken cancellationToken)
    {
        while (!TryTake())
        {
            await Task.Delay(Rest, time, cancellationToken);
        }
    }

    /// <summary>The token came over a connection that was waited for.</summary>
    public void GiveBack()
    {
        lock (_gate)
        {
            _left = Math.Min(Burst, _left + 1);
        }
    }

    private bool TryTake()
    {
        lock (_gate)
        {
            long now = time.GetTimestamp();
            _left = Math.Min(Burst, _left + (time.GetElapsedTime(_counted, now).TotalSeconds * PerSecond));
            _counted = now;
            if (_left < 1)
            {
                return false;
            }

            _left--;
            return true;
        }
    }
}
