using Microsoft.Extensions.Logging;

namespace Gateway.Relay.Telemetry;

/// <content>Inspections that went wrong.</content>
public static partial class GatewayLog
{
    /// <summary>An inspection does not end; its message was quarantined.</summary>
    [LoggerMessage(100, LogLevel.Error, "inspection stuck: {Seconds:0} s for {Size} octets of client=[{Client}], digest={Digest}; the message is quarantined as parser-fault, {Stuck} threads are stuck")]
    public static partial void InspectionStuck(ILogger log, double seconds, long size, string client, string digest, int stuck);

    /// <summary>No mail is taken any more.</summary>
    [LoggerMessage(101, LogLevel.Critical, "TOO MANY INSPECTIONS ARE STUCK ({Stuck}): no mail is taken until they end or the process is restarted; their messages are suspects then")]
    public static partial void InspectionOverwhelmed(ILogger log, int stuck);

    /// <summary>The last process died with messages under inspection.</summary>
    [LoggerMessage(102, LogLevel.Critical, "the last process ended with {Count} messages under inspection: when they come again they are quarantined without inspection (gateway crashes list)")]
    public static partial void UncleanExit(ILogger log, int count);

    /// <summary>A suspect.</summary>
    [LoggerMessage(103, LogLevel.Warning, "suspect {Digest}: {Size} octets, {Crashes} crashes, the last at {Crashed:u}")]
    public static partial void CrashSuspect(ILogger log, string digest, long size, int crashes, DateTimeOffset crashed);

    /// <summary>An administrator had suspects forgotten.</summary>
    [LoggerMessage(104, LogLevel.Warning, "suspects forgotten by {Actor}: {Which} ({Count})")]
    public static partial void SuspectsForgotten(ILogger log, string actor, string which, int count);
}
