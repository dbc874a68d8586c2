namespace Gateway.Drill;

/// <summary>What the mail system behind is made of.</summary>
internal enum DownstreamKind
{
    /// <summary>The gateway's own engine.</summary>
    Kestrel,

    /// <summary>The package SmtpServer.</summary>
    Smtpserver,
}

/// <summary>How a drill is run.</summary>
/// <param name="Short">Short clocks: seconds where the incident lasts minutes.</param>
/// <param name="Rate">Messages a second; null for the drill's own.</param>
/// <param name="Duration">How long the incident lasts; null for the drill's own.</param>
/// <param name="Downstream">What the mail system behind is made of.</param>
internal sealed record DrillOptions(bool Short, double? Rate = null, TimeSpan? Duration = null, DownstreamKind Downstream = DownstreamKind.Kestrel)
{
    /// <summary>One of two values.</summary>
    public T Pick<T>(T full, T brief) => Short ? brief : full;

    /// <summary>A number of seconds, by the clocks.</summary>
    public TimeSpan Seconds(double full, double brief) => TimeSpan.FromSeconds(Pick(full, brief));
}
