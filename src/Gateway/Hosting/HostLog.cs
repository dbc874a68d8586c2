namespace Gateway.Hosting;

/// <summary>What the process says of itself.</summary>
internal static partial class HostLog
{
    /// <summary>The first line.</summary>
    [LoggerMessage(80, LogLevel.Information, "gateway {Version} started, configuration={File}, data={DataDirectory}")]
    public static partial void Started(ILogger log, string version, string file, string dataDirectory);

    /// <summary>SIGTERM, Ctrl-C or the service manager.</summary>
    [LoggerMessage(84, LogLevel.Information, "stopping: sessions are drained, running deliveries end, the rest stays in the spool")]
    public static partial void Stopping(ILogger log);

    /// <summary>The last line.</summary>
    [LoggerMessage(85, LogLevel.Information, "stopped")]
    public static partial void Stopped(ILogger log);

    /// <summary>Who may send.</summary>
    [LoggerMessage(81, LogLevel.Information, "listening for SMTP on {EndPoints}; clients in {Networks} may relay anywhere, everyone may send to domains: {Domains}")]
    public static partial void Listening(ILogger log, string endPoints, string networks, string domains);

    /// <summary>Where mail goes.</summary>
    [LoggerMessage(82, LogLevel.Information, "forwarding to {Hosts} by default, {Routes} other routes; change Gateway:Relay:DefaultRoute:Hosts:0 in gateway.json")]
    public static partial void Forwarding(ILogger log, string hosts, int routes);

    /// <summary>Where to look.</summary>
    [LoggerMessage(83, LogLevel.Information, "health, metrics and API on http://{EndPoint} (/healthz /readyz /metrics); try: gateway status, gateway queue list, gateway quarantine list")]
    public static partial void Management(ILogger log, string endPoint);
}
