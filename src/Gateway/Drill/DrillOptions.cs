namespace Gateway.Drill;

/// <summary>How a drill is run.</summary>
/// <param name="Short">Short clocks: seconds where the incident lasts minutes.</param>
/// <param name="Rate">Messages a second; null for the drill's own.</param>
/// <param name="Duration">How long the incident lasts; null for the drill's own.</param>
internal sealed record DrillOptions(bool Short, double? Rate = null, TimeSpan? Duration = null)
{
    /// <summary>One of two values.</summary>
    public T Pick<T>(T full, T brief) => Short ? brief : full;

    /// <summary>A number of seconds, by the clocks.</summary>
    public TimeSpan Seconds(double full, double brief) => TimeSpan.FromSeconds(Pick(full, brief));
}
