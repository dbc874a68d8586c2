namespace Gateway.Relay.Quarantine.Storage;

/// <summary>The order key of entries: milliseconds since 1970 shifted left by 20, plus a number within the millisecond.</summary>
internal static class EntryKey
{
    /// <summary>Keys of one millisecond.</summary>
    public const long PerMillisecond = 1L << 20;

    // 2^43 - 2 milliseconds: the year 2248. Times beyond it, and before 1970, share the last and the first millisecond.
    private const long LastMillisecond = (1L << 43) - 2;

    /// <summary>The first key of the millisecond of <paramref name="time"/>.</summary>
    public static long First(DateTimeOffset time) =>
        Math.Clamp(time.ToUnixTimeMilliseconds(), 0, LastMillisecond) * PerMillisecond;

    /// <summary>The millisecond that a key stands for.</summary>
    public static DateTimeOffset Time(long key) => DateTimeOffset.FromUnixTimeMilliseconds(key / PerMillisecond);
}
