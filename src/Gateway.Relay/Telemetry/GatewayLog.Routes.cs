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

    /// <summary>DNS failed, and there is no older answer.</summary>
    [LoggerMessage(81, LogLevel.Warning, "DNS fails for {Name}: {Reason}")]
    public static partial void DnsFailed(ILogger log, string name, string reason);
}
