namespace Gateway.Relay.Message;

/// <summary>The memory that all messages being received may take together.</summary>
/// <remarks>
/// Promises: what is taken stays below the total plus one small first block a session. As it becomes scarce each message may keep less, and
/// moves to its file earlier; an eighth of what is free for each leaves some for the next. When three quarters are taken, clients are
/// made to wait for up to a second a read. Threads: any.
/// </remarks>
public sealed class MessageMemory(long total, TimeProvider time)
{
    private const int Share = 8;
    private const int Looks = 20;
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(50);

    private long _used;

    /// <summary>Octets taken now.</summary>
    public long Used => Volatile.Read(ref _used);

    /// <summary>Octets that may be taken.</summary>
    public long Total => total;

    /// <summary>More than three quarters are taken.</summary>
    public bool IsScarce => Used > total / 4 * 3;

    /// <summary>Takes octets without asking: the first block of a message, without which nothing would move.</summary>
    [NoThrow]
    public void Take(int octets) => Interlocked.Add(ref _used, octets);

    /// <summary>Takes octets for a message that holds some already; false when it has to go to its file.</summary>
    [NoThrow]
    public bool TryTake(int octets, long held)
    {
        long used = Interlocked.Add(ref _used, octets);
        if (used <= total && held + octets <= (total - used + held) / Share)
        {
            return true;
        }

        Return(octets);
        return false;
    }

    /// <summary>Gives octets back.</summary>
    public void Return(int octets) => Interlocked.Add(ref _used, -octets);

    /// <summary>Waits while memory is scarce, but not for long: the caller's message goes to disk if need be, so nobody waits for ever.</summary>
    public ValueTask WaitAsync(CancellationToken cancellationToken) => IsScarce ? WaitForOthersAsync(cancellationToken) : ValueTask.CompletedTask;

    private async ValueTask WaitForOthersAsync(CancellationToken cancellationToken)
    {
        for (int i = 0; i < Looks && IsScarce; i++)
        {
            await Task.Delay(Look, time, cancellationToken);
        }
    }
}
