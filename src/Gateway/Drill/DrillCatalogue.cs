namespace Gateway.Drill;

/// <summary>All drills.</summary>
internal static class DrillCatalogue
{
    /// <summary>In the order of the list.</summary>
    public static IReadOnlyList<IncidentDrill> All { get; } = 
    [
        new MalformedFloodDrill(), new PoisonHangDrill(), new PoisonCrashDrill(), new DownstreamDownDrill(), new Downstream421Drill(), new FirstHostDrainsDrill(),
        new ClockJumpDrill(), new DnsOutageDrill(), new DiskFullDrill(), new RestartStormDrill(),
    ];
}
