namespace Gateway.Relay.Delivery.Lanes;

/// <summary>How many deliveries to one destination may be under way at once, by kind of mail.</summary>
public sealed record LaneLimits
{
    /// <summary>The most that a route may be allowed of clean mail: a reload can raise it to this.</summary>
    public const int MostClean = 1000;

    /// <summary>Clean mail at the most; fewer while the host shows that it is too much. Default 20.</summary>
    public int Clean { get; init; } = 20;

    /// <summary>Suspects, on connections of their own; of those that failed before only one at a time. Default 2.</summary>
    public int Suspects { get; init; } = 2;

    /// <summary>Places that stand in for transactions that hang, in each lane: so many messages can hang and cost nobody else. Default 100.</summary>
    public int Spares { get; init; } = 100;

    /// <summary>A transaction hangs when it takes longer than this, and longer than four times the usual. Default 2 s.</summary>
    public TimeSpan HangAfter { get; init; } = TimeSpan.FromSeconds(2);
}
