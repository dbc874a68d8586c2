using System.Globalization;

namespace Gateway.Drill;

/// <summary>The mail system behind drops everything when it meets a bad message.</summary>
internal sealed class PoisonCrashDrill : PoisonDrill
{
    /// <inheritdoc/>
    public override string Name => "poison-crash";

    /// <inheritdoc/>
    public override string Summary => "The mail system behind drops every connection when it meets 1 message in 200.";

    /// <inheritdoc/>
    protected override void Prepare(ScriptedDownstream downstream, DrillOptions options) => downstream.Effect = PoisonEffect.Crash;

    /// <inheritdoc/>
    protected override string Describe(ScriptedDownstream downstream) => "behind its end of data the mail system drops all its connections";

    /// <inheritdoc/>
    protected override string Found(ScriptedDownstream downstream) =>
        string.Create(CultureInfo.InvariantCulture, $"; the mail system dropped all connections {downstream.Crashes} times");
}
