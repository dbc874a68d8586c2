namespace Gateway.Drill;

/// <summary>One of two hosts turns mail away in every form there is.</summary>
internal sealed class FirstHostDrainsDrill : DrainDrill
{
    /// <inheritdoc/>
    public override string Name => "first-host-drains";

    /// <inheritdoc/>
    public override string Summary =>
        "The first of two hosts turns mail away: 421 at each step, 451 4.3.0, 452 4.3.1, closes behind the end of data, silent after connect; a minute each.";

    /// <inheritdoc/>
    protected override IReadOnlyList<DrainForm> Forms => DrainForm.All;

    /// <inheritdoc/>
    protected override TimeSpan Lasts(DrillOptions options) => options.Seconds(60, 1.5);
}
