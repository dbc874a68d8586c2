namespace Gateway.Drill;

/// <summary>An incident that is made on purpose, to a real gateway with real mail on this machine.</summary>
internal abstract class IncidentDrill
{
    /// <summary>The name on the command line.</summary>
    public abstract string Name { get; }

    /// <summary>What happens, in one line.</summary>
    public abstract string Summary { get; }

    /// <summary>What the gateway promises for it, in words.</summary>
    public abstract string Promise { get; }

    /// <summary>The clock of the gateway, the traffic and the timeline.</summary>
    public virtual TimeProvider MakeClock() => TimeProvider.System;

    /// <summary>Makes the incident.</summary>
    public abstract Task RunAsync(DrillStage stage, CancellationToken ct);
}
