namespace Gateway.Smtp.Server;

/// <summary>Watches how fast a message comes: octets over the time that we waited for them.</summary>
/// <remarks>
/// Only time spent waiting for the client counts, so our own back-pressure never makes a client slow. A window closes when its
/// period was waited; the average is taken over it, and the next begins. Threads: its session's; the default is a new one.
/// </remarks>
internal struct Pace
{
    private long _octets;
    private long _waited;

    /// <summary>True once a window closed with too little in it.</summary>
    public bool IsTooSlow { get; private set; }

    /// <summary>How much longer the client may say nothing before it is too slow; <see cref="long.MaxValue"/> without a limit.</summary>
    /// <param name="rate">Octets a second; 0 for no limit.</param>
    /// <param name="period">The window, in timestamps.</param>
    /// <param name="frequency">Timestamps in a second.</param>
    public readonly long Patience(int rate, long period, long frequency)
    {
        if (rate == 0)
        {
            return long.MaxValue;
        }

        double paid = (double)_octets / rate * frequency;
        return (long)Math.Max(0, Math.Max(period, paid) - _waited);
    }

    /// <summary>Octets came, after a wait.</summary>
    public void Count(long octets, long waited, int rate, long period, long frequency)
    {
        _octets += octets;
        _waited += waited;
        if (rate > 0 && _waited >= period)
        {
            IsTooSlow = (double)_octets * frequency < (double)rate * _waited;
            _octets = 0;
            _waited = 0;
        }
    }
}
