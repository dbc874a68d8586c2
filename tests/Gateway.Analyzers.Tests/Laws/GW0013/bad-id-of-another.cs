using Microsoft.Extensions.Logging;

internal static partial class HostLog
{
    [LoggerMessage(1, LogLevel.Information, "{What} taken up anew")]
    public static partial void [|Reloaded|](ILogger log, string what);

    public static partial void Reloaded(ILogger log, string what) => log.LogInformation("generated");

    [LoggerMessage(7, LogLevel.Warning, "twice in the list")]
    public static partial void [|Twice|](ILogger log);

    public static partial void Twice(ILogger log) => log.LogInformation("generated");
}
