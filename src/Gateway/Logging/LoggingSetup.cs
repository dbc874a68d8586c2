using Gateway.Configuration;

namespace Gateway.Logging;

/// <summary>Puts the gateway's log in the place of all other logs of a host.</summary>
internal static class LoggingSetup
{
    /// <summary>Opens the log of a process on standard output.</summary>
    public static GatewayLoggerProvider Open(GatewayOptions options) => Open(options.Log, options.HostName, Console.OpenStandardOutput());

    /// <summary>Opens a log on any stream.</summary>
    public static GatewayLoggerProvider Open(LogOptions options, string hostName, Stream output) =>
        new(options, new LogSource(hostName, Environment.ProcessId, options.SyslogName), output, TimeProvider.System);

    /// <summary>Removes what is there and adds <paramref name="log"/>; the libraries' own events are shown from warnings on.</summary>
    public static ILoggingBuilder UseGatewayLog(this ILoggingBuilder logging, GatewayLoggerProvider log, LogOptions options)
    {
        LogLevel libraries = options.Level > LogLevel.Warning || options.Level <= LogLevel.Debug ? options.Level : LogLevel.Warning;
        return logging
            .ClearProviders()
            .AddProvider(log)
            .SetMinimumLevel(options.Level)
            .AddFilter("Microsoft", libraries)
            .AddFilter("System", libraries);
    }
}
