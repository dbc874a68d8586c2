using Microsoft.Extensions.Logging;

namespace Gateway.Relay.Telemetry;

/// <content>The room of the quarantine.</content>
public static partial class GatewayLog
{
    /// <summary>Alert: the quarantine nears a limit.</summary>
    [LoggerMessage(65, LogLevel.Warning, "quarantine {Percent:0} % full: {Messages} messages, {Bytes} octets; review it (gateway quarantine stats) or malformed mail will be put off")]
    public static partial void QuarantineAlmostFull(ILogger log, double percent, long messages, long bytes);

    /// <summary>Alert: malformed mail is put off; one line for all that was since the last one.</summary>
    [LoggerMessage(66, LogLevel.Error, "{Count} malformed messages were answered 451 and not quarantined: {Shortage}, the last from {Network}; clean mail is taken")]
    public static partial void QuarantineFull(ILogger log, long count, string shortage, string network);

    /// <summary>Mail was quarantined long enough.</summary>
    [LoggerMessage(67, LogLevel.Information, "{Count} quarantined messages discarded, {Bytes} octets, rule={Rule}: {Reason}")]
    public static partial void Expired(ILogger log, int count, long bytes, string rule, string reason);

    /// <summary>Records of mail that is no longer quarantined were removed.</summary>
    [LoggerMessage(68, LogLevel.Information, "{Count} records of released and discarded messages older than {Age} removed")]
    public static partial void RecordsForgotten(ILogger log, int count, TimeSpan age);

    /// <summary>Old mail could not be discarded now.</summary>
    [LoggerMessage(69, LogLevel.Warning, "the quarantine is not available, old mail is discarded later")]
    public static partial void RetentionFailed(ILogger log, Exception fault);

    /// <summary>An older database was upgraded; the copy leaves by age.</summary>
    [LoggerMessage(284, LogLevel.Information, "the quarantine was upgraded from schema version {Version}; as it was before it is kept for 14 days as {Path}")]
    public static partial void QuarantineUpgraded(ILogger log, long version, string path);

    /// <summary>A released message did not get to a recipient; the reviewer can release it again.</summary>
    [LoggerMessage(282, LogLevel.Warning, "quarantine entry {Entry}, released as {Id}, was not delivered to {Recipient} and can be released again: {Reply}")]
    public static partial void ReleaseRefused(ILogger log, string entry, string id, string recipient, string reply);

    /// <summary>The history of an entry lacks what became of its release.</summary>
    [LoggerMessage(283, LogLevel.Error, "what became of quarantine entry {Entry}, released as {Id}, could not be written into its history; the delivery lines of {Id} tell it")]
    public static partial void OutcomeNotNoted(ILogger log, Exception fault, string entry, string id);
}
