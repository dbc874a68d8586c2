using Microsoft.Extensions.Logging;

namespace Gateway.Relay.Telemetry;

/// <content>Routes: DNS and encryption.</content>
public static partial class GatewayLog
{
    /// <summary>DNS failed, and an answer that is over serves in its place.</summary>
    [LoggerMessage(80, LogLevel.Warning, "DNS fails for {Name}, the answer that ended {Seconds:0} s ago is used: {Reason}")]
    public static partial void StaleDns(ILogger log, string name, double seconds, string reason);

    /// <summary>The first message over an encrypted connection.</summary>
    [LoggerMessage(82, LogLevel.Information, "{Id}: TLS connection established to {Relay}: {Tls}")]
    public static partial void DownstreamTls(ILogger log, string id, string relay, string tls);

    /// <summary>Opportunistic TLS did not come about, and the connection goes on in clear (RFC 7435).</summary>
    [LoggerMessage(71, LogLevel.Warning, "{Id}: TLS with {Relay} failed, its mail goes in clear text (the route's Tls:Mode is opportunistic): {Reason}")]
    public static partial void InClear(ILogger log, string id, string relay, string reason);

    /// <summary>DNS answered for one address family only.</summary>
    [LoggerMessage(301, LogLevel.Warning, "DNS answers in part for {Name}, the rest is asked for again in 30 s: {Reason}")]
    public static partial void PartialDns(ILogger log, string name, string reason);

    /// <summary>Opportunistic TLS goes without a file of the route that cannot be used.</summary>
    [LoggerMessage(300, LogLevel.Error, "{Id}: a file of the route cannot be used, mail to {Relay} is encrypted without it: {Reason}")]
    public static partial void OwnFilesUnusable(ILogger log, string id, string relay, string reason);

    /// <summary>A host offers AUTH mechanisms that do not work there.</summary>
    [LoggerMessage(310, LogLevel.Warning, "{Id}: {Relay} refuses what it offers: {Refused}; what it refused is tried again in an hour, Auth:Mechanism of the route names one")]
    public static partial void MechanismsPassed(ILogger log, string id, string relay, string refused);

    /// <summary>DNS failed, and there is no older answer.</summary>
    [LoggerMessage(81, LogLevel.Warning, "DNS fails for {Name}: {Reason}")]
    public static partial void DnsFailed(ILogger log, string name, string reason);
}
