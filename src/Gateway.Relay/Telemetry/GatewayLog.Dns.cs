using Microsoft.Extensions.Logging;

namespace Gateway.Relay.Telemetry;

/// <content>DNS.</content>
public static partial class GatewayLog
{
    /// <summary>DNS failed, and an answer that is over serves in its place.</summary>
    [LoggerMessage(80, LogLevel.Warning, "DNS fails for {Name}, the answer that ended {Seconds:0} s ago is used: {Reason}")]
    public static partial void StaleDns(ILogger log, string name, double seconds, string reason);

    /// <summary>DNS failed, and there is no older answer.</summary>
    [LoggerMessage(81, LogLevel.Warning, "DNS fails for {Name}: {Reason}")]
    public static partial void DnsFailed(ILogger log, string name, string reason);
}
