using System.Globalization;

namespace Gateway.Drill;

/// <summary>The mail system behind hangs on a few messages.</summary>
internal sealed class PoisonHangDrill : PoisonDrill
{
    /// <inheritdoc/>
    public override string Name => "poison-hang";

    /// <inheritdoc/>
    public override string Summary => "The mail system behind hangs 10 minutes on 1 message in 200.";

    /// <inheritdoc/>
    protected override void Prepare(ScriptedDownstream downstream, DrillOptions options)
    {
        downstream.Effect = PoisonEffect.Hang;
        downstream.HangFor = options.Seconds(600, 2.2);
    }

    /// <inheritdoc/>
    protected override string Describe(ScriptedDownstream downstream) =>
        string.Create(CultureInfo.InvariantCulture, $"the mail system says nothing for {downstream.HangFor.TotalSeconds:0.#} s behind its end of data, then hangs up");
}
