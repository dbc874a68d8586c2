using Microsoft.Extensions.Logging;

namespace Gateway.Relay.Telemetry;

/// <content>What is the hosts' and not the message's.</content>
public static partial class GatewayLog
{
    /// <summary>A connection used before failed by itself; the message went over a new one at once.</summary>
    [LoggerMessage(220, LogLevel.Information, "{Id}: a connection used before to {Relay} was of no use ({Reason}), sent over a new one")]
    public static partial void SessionFailed(ILogger log, string id, string relay, string reason);

    /// <summary>A host did not take the message for a trouble of its own; the next host of the route is tried at once.</summary>
    [LoggerMessage(221, LogLevel.Information, "{Id}: {Relay} does not take it: {Reason}; next host {Next}")]
    public static partial void NextHost(ILogger log, string id, string relay, string reason, string next);

    /// <summary>Alert: the whole message went out so often without an answer that the recipient may have it several times.</summary>
    [LoggerMessage(222, LogLevel.Warning, "{Id}: sent whole {Times} times or more without an answer, last to {Relay}: the recipient may have it as often; look at that host, or hold the message (gateway queue hold {Id})")]
    public static partial void MayHaveArrivedOften(ILogger log, string id, int times, string relay);
}
