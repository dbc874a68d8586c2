using Microsoft.Extensions.Logging;

internal static partial class HostLog
{
    [LoggerMessage(1, LogLevel.Information, "started")]
    public static partial void Started(ILogger log);

    public static partial void Started(ILogger log) => log.LogInformation("generated");
}
