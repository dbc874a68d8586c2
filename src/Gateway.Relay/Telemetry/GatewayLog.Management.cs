using Microsoft.Extensions.Logging;

namespace Gateway.Relay.Telemetry;

/// <content>Who knocks at the management interface.</content>
public static partial class GatewayLog
{
    /// <summary>Calls were denied: the token was missing or wrong, or they asked for the host of another name.</summary>
    [LoggerMessage(280, LogLevel.Warning, "management: {Count} calls from [{Client}] denied, reason={Reason}, the last was {Call}")]
    public static partial void ManagementDenied(ILogger log, long count, string client, string reason, string call);

    /// <summary>An administrator stopped some mail.</summary>
    [LoggerMessage(338, LogLevel.Warning, "block {Id} added: {Kind} {Value} action={Action} until={Until} by {Actor}, reason={Reason}")]
    public static partial void BlockAdded(ILogger log, string id, string kind, string value, string action, string until, string actor, string reason);

    /// <summary>An administrator ended a block.</summary>
    [LoggerMessage(339, LogLevel.Warning, "block {Id} removed by {Actor}, reason={Reason}")]
    public static partial void BlockRemoved(ILogger log, string id, string actor, string reason);

    /// <summary>A connection or a sender was refused, by a block or because the gateway drains.</summary>
    [LoggerMessage(340, LogLevel.Information, "NOQUEUE: reject: {Command} from {Name}[{Client}]: {Reply}; from=<{Sender}> proto={Protocol} helo=<{Hello}> sasl_username=<{Login}> session={Session} listener={Listener}")]
    public static partial void RejectedCommand(
        ILogger log, string command, string name, string client, string reply, string sender, string protocol, string hello, string login, string session, string listener);

    /// <summary>No more mail is taken; the process ends when the queue is empty.</summary>
    [LoggerMessage(341, LogLevel.Warning, "draining by {Actor}: no mail is taken, the process ends when the queue is empty, reason={Reason}")]
    public static partial void DrainBegun(ILogger log, string actor, string reason);

    /// <summary>Mail is taken again.</summary>
    [LoggerMessage(342, LogLevel.Warning, "draining ended by {Actor}: mail is taken again, reason={Reason}")]
    public static partial void DrainCancelled(ILogger log, string actor, string reason);
}
