using Microsoft.Extensions.Logging;

namespace Gateway.Relay.Telemetry;

/// <content>Who knocks at the management interface.</content>
public static partial class GatewayLog
{
    /// <summary>Calls were denied: the token was missing or wrong, or they asked for the host of another name.</summary>
    [LoggerMessage(280, LogLevel.Warning, "management: {Count} calls from [{Client}] denied, reason={Reason}, the last was {Call}")]
    public static partial void ManagementDenied(ILogger log, long count, string client, string reason, string call);
}
