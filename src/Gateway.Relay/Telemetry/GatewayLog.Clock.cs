using Microsoft.Extensions.Logging;

namespace Gateway.Relay.Telemetry;

/// <content>The clock.</content>
public static partial class GatewayLog
{
    /// <summary>The wall clock was set.</summary>
    [LoggerMessage(240, LogLevel.Warning, "{Leap}")]
    public static partial void ClockLeapt(ILogger log, string leap);

    /// <summary>By the wall clock the gateway was stopped for long; nothing is older for it before the clock has proved itself.</summary>
    [LoggerMessage(241, LogLevel.Warning, "by the wall clock the gateway was stopped for {Length}; waiting mail counts as that much older once the gateway has run for {Proof}")]
    public static partial void LongStop(ILogger log, TimeSpan length, TimeSpan proof);

    /// <summary>Where the clock stood cannot be read or written.</summary>
    [LoggerMessage(242, LogLevel.Error, "clock.json cannot be read or written; after a restart waiting mail may count as younger than it is")]
    public static partial void ClockFileFault(ILogger log, Exception fault);
}
