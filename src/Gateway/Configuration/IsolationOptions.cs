namespace Gateway.Configuration;

/// <summary>How messages on which a mail host hangs or fails are kept apart from the others.</summary>
internal sealed class IsolationOptions
{
    [Setting("Connections to one destination for suspects: mail that was tagged by risky rules or failed behind DATA before.", Minimum = "1", Maximum = "100", Restart = true)]
    public int SuspectConcurrency { get; init; } = 2;

    [Setting("Connections to one destination that stand in for those on which a transaction hangs, so that they cost nobody else.", Minimum = "0", Maximum = "10000", Restart = true)]
    public int SpareConnections { get; init; } = 100;

    [Setting("A transaction hangs when it takes longer than this, and longer than four times the usual.", Minimum = "100ms", Maximum = "1m", Restart = true)]
    public Duration HangAfter { get; init; } = Duration.FromSeconds(2);

    [Setting("Messages that may be quarantined as `downstream-poison` in an hour without a person; beyond that an alert is logged and they are tried on. The rule's action can be set like any other.", Minimum = "0", Maximum = "1000000")]
    public int PoisonPerHour { get; init; } = 100;
}
