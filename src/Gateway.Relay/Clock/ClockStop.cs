namespace Gateway.Relay.Clock;

/// <summary>A time for which the gateway did not run, as the wall clock had it.</summary>
/// <param name="At">What <see cref="SteadyClock.Now"/> was when it began and when it ended.</param>
/// <param name="Length">How long it was.</param>
internal sealed record ClockStop(TimeSpan At, TimeSpan Length)
{
    /// <summary>Stops kept; of more, the two oldest become one.</summary>
    private const int Most = 64;

    /// <summary>The stops with one more.</summary>
    public static ClockStop[] Add(ClockStop[] stops, ClockStop one)
    {
        if (stops.Length < Most)
        {
            return [.. stops, one];
        }

        // With the time of the older one: what came between the two counts too young rather than too old.
        ClockStop oldest = stops[0] with { Length = stops[0].Length + stops[1].Length };
        return [oldest, .. stops.AsSpan(2), one];
    }

    /// <summary>The stops made shorter by what the clock was ahead, the last one first.</summary>
    public static ClockStop[] TakeBack(ClockStop[] stops, TimeSpan ahead, Func<ClockStop, bool> isOpen)
    {
        ClockStop[] left = [.. stops];
        for (int i = left.Length - 1; i >= 0 && ahead > TimeSpan.Zero && isOpen(left[i]); i--)
        {
            TimeSpan taken = left[i].Length < ahead ? left[i].Length : ahead;
            left[i] = left[i] with { Length = left[i].Length - taken };
            ahead -= taken;
        }

        return left;
    }
}

/// <summary>The wall clock was set while the gateway ran, or between two runs to a time before the last.</summary>
/// <param name="At">What <see cref="SteadyClock.Now"/> was when it was noticed.</param>
/// <param name="By">How far it went, beyond what had passed.</param>
/// <param name="Wall">What it says since.</param>
public sealed record ClockLeap(TimeSpan At, TimeSpan By, DateTimeOffset Wall)
{
    /// <inheritdoc/>
    public override string ToString() => string.Create(
        System.Globalization.CultureInfo.InvariantCulture,
        $"ClockLeap: the wall clock went {(By < TimeSpan.Zero ? "back" : "forward")} by {By.Duration():d\\.hh\\:mm\\:ss} to {Wall.UtcDateTime:yyyy-MM-dd HH:mm:ss}Z; nothing is older for it, nothing is returned or discarded for it");
}
