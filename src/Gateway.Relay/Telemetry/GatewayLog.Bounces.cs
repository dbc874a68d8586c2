using Microsoft.Extensions.Logging;

namespace Gateway.Relay.Telemetry;

/// <content>Notifications that are not made, and orders about queued mail.</content>
public static partial class GatewayLog
{
    /// <summary>A sender is not told about a recipient, because its mail may cause no notification, or too many are made.</summary>
    [LoggerMessage(260, LogLevel.Warning, "{Id}: to=<{Recipient}>: the sender <{Sender}> is not told: {Why} ({Reply})")]
    public static partial void NotNotified(ILogger log, string id, string sender, string recipient, string why, string reply);

    /// <summary>Content was encoded in 7 bits for a host that cannot take it as it is (RFC 6152).</summary>
    [LoggerMessage(264, LogLevel.Information, "{Id}: converted to 7 bits, {Relay} does not offer 8BITMIME or BINARYMIME{Signature}")]
    public static partial void Converted(ILogger log, string id, string relay, string signature);

    /// <summary>A reload gave waiting mail another route.</summary>
    [LoggerMessage(262, LogLevel.Warning, "{Count} waiting messages go to other routes, as the configuration has it now")]
    public static partial void Rerouted(ILogger log, int count);

    /// <summary>A message that another queue exported is on stable storage.</summary>
    [LoggerMessage(263, LogLevel.Warning, "{Id}: from=<{Sender}>, size={Size}, nrcpt={Recipients}, imported by {Actor} from {From}, reason={Reason} (queue active)")]
    public static partial void Imported(ILogger log, string id, string sender, long size, int recipients, string actor, string from, string reason);

    /// <summary>Mail that would have gone back to its sender is on hold, as its route has it.</summary>
    [LoggerMessage(344, LogLevel.Warning, "{Id}: on hold instead of returned to its sender, route={Route} ({Reply})")]
    public static partial void KeptInsteadOfReturned(ILogger log, string id, string route, string reply);
}
