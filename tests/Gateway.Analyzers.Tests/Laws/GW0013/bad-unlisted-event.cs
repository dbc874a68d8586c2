using Microsoft.Extensions.Logging;

internal static partial class HostLog
{
    [LoggerMessage(999, LogLevel.Information, "{What} taken up anew")]
    public static partial void [|Reloaded|](ILogger log, string what);

    public static partial void Reloaded(ILogger log, string what) => log.LogInformation("generated");
}
