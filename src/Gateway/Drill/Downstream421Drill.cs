namespace Gateway.Drill;

/// <summary>One of two hosts drains with 421 to MAIL.</summary>
internal sealed class Downstream421Drill : DrainDrill
{
    /// <inheritdoc/>
    public override string Name => "downstream-421";

    /// <inheritdoc/>
    public override string Summary => "The first of two hosts of a route answers 421 to MAIL for 10 minutes, as Exchange and Postfix do when they drain.";

    /// <inheritdoc/>
    protected override IReadOnlyList<DrainForm> Forms { get; } = [DrainForm.At421];

    /// <inheritdoc/>
    protected override TimeSpan Lasts(DrillOptions options) => options.Seconds(600, 3);
}
