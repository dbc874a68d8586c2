using Gateway.Smtp.Client;

namespace Gateway.Relay.Delivery.Hosts;

/// <summary>What one transaction shows of its host.</summary>
internal enum HostFact
{
    /// <summary>Nothing: what went wrong was ours.</summary>
    None,

    /// <summary>It could not be reached, or calls a trouble its own.</summary>
    Refused,

    /// <summary>It spoke about the message, whatever it said.</summary>
    Answered,

    /// <summary>It took the message.</summary>
    Passed,

    /// <summary>It broke off or fell silent in the middle.</summary>
    Stumbled,
}

/// <summary>What a worker reports of a host after one transaction with it.</summary>
/// <param name="Host">The host.</param>
/// <param name="Fact">What it showed.</param>
/// <param name="Reason">What it said, safe to show; empty when nothing speaks against it.</param>
internal readonly record struct HostReport(DownstreamHost Host, HostFact Fact, string Reason)
{
    /// <summary>It took some recipients, whatever else it said.</summary>
    public bool Served { get; init; }

    /// <summary>It knew the message when it called the trouble its own: it may have that trouble with this message only.</summary>
    public bool KnewMessage { get; init; }

    /// <summary>How long the transaction took.</summary>
    public TimeSpan Taken { get; init; }
}

/// <summary>What became of a host.</summary>
internal enum HostChange
{
    /// <summary>It is as it was.</summary>
    None,

    /// <summary>It was down and is up again.</summary>
    Back,

    /// <summary>It works and has enough connections: it gets fewer at once.</summary>
    Busy,

    /// <summary>It gets no mail for a while.</summary>
    Down,
}

/// <summary>What a destination concludes of a report.</summary>
/// <param name="Change">What became of the host.</param>
/// <param name="Seconds">Until it is tried again; for one that is down.</param>
/// <param name="IsStall">With this host all of the destination came to a standstill.</param>
internal readonly record struct HostConclusion(HostChange Change, double Seconds = 0, bool IsStall = false);
