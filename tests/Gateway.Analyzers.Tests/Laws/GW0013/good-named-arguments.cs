using Microsoft.Extensions.Logging;

internal static partial class HostLog
{
    [LoggerMessage(EventId = 2, Level = LogLevel.Error, Message = "stopped")]
    public static partial void Stopped(ILogger log);

    public static partial void Stopped(ILogger log) => log.LogInformation("generated");
}
