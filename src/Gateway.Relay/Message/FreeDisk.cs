namespace Gateway.Relay.Message;

/// <summary>Whether the disk has room for a message whose size is declared, so that it is refused before it is sent.</summary>
/// <remarks>
/// The spool itself stops taking mail below the minimum, with a hysteresis of a quarter; this looks ahead by one message.
/// Threads: any. Cost: one look at the volume a second.
/// </remarks>
public sealed class FreeDisk(Func<long> freeBytes, long minimumFree, TimeProvider time)
{
    private readonly Lock _gate = new();
    private long _free;
    private long? _looked;

    /// <summary>True when the message still leaves the minimum free.</summary>
    public bool HasRoom(long size) => HasRoom(size, minimumFree);

    /// <summary>True when the message still leaves so much free.</summary>
    public bool HasRoom(long size, long minimum)
    {
        if (size <= 0)
        {
            return true;
        }

        lock (_gate)
        {
            if (_looked is not long at || time.GetElapsedTime(at) >= TimeSpan.FromSeconds(1))
            {
                _looked = time.GetTimestamp();
                try
                {
                    _free = freeBytes();
                }
                catch (IOException)
                {
                    // The volume cannot be asked: the spool, which writes to it, is the judge.
                    _free = long.MaxValue;
                }
            }

            return _free - size >= minimum;
        }
    }
}
