namespace Gateway.Relay.Delivery.Routes;

/// <summary>When a deferred message is tried again, and when it is given up.</summary>
/// <remarks>
/// The n-th wait is <see cref="First"/> times two to the power of n-1, at most <see cref="Longest"/>, plus or minus a fifth at random so
/// that a backlog does not come back as one wave. Source: RFC 5321 section 4.5.4.1.
/// </remarks>
public sealed record RetrySchedule
{
    /// <summary>The wait after the first failure. Default 30 s.</summary>
    public TimeSpan First { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The longest wait. Default 1 hour.</summary>
    public TimeSpan Longest { get; init; } = TimeSpan.FromHours(1);

    /// <summary>After how long a message is returned to its sender. Default 5 days.</summary>
    public TimeSpan Lifetime { get; init; } = TimeSpan.FromDays(5);

    /// <summary>No wait is longer, jitter included.</summary>
    internal TimeSpan LongestWait => Longest * 1.2;

    /// <summary>The wait after a number of failed attempts.</summary>
    /// <param name="attempts">1 after the first failure.</param>
    /// <param name="random">The source of the jitter.</param>
    public TimeSpan Wait(int attempts, Random random)
    {
        ArgumentNullException.ThrowIfNull(random);
        double doubled = First.TotalSeconds * Math.Pow(2, Math.Clamp(attempts - 1, 0, 30));
        double seconds = Math.Min(doubled, Longest.TotalSeconds);
        return TimeSpan.FromSeconds(seconds * (0.8 + (0.4 * random.NextDouble())));
    }
}
