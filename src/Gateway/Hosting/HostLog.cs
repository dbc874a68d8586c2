namespace Gateway.Hosting;

/// <summary>What the process says of itself.</summary>
/// <remarks>Event ids 200 to 213, and 343; an id is unique over all assemblies (<c>EventIdTests</c>).</remarks>
internal static partial class HostLog
{
    /// <summary>The first line.</summary>
    [LoggerMessage(200, LogLevel.Information, "gateway {Version} started, configuration={File}, data={DataDirectory}")]
    public static partial void Started(ILogger log, string version, string file, string dataDirectory);

    /// <summary>New content of a watched file.</summary>
    [LoggerMessage(206, LogLevel.Information, "{What} taken up anew")]
    public static partial void Reloaded(ILogger log, string what);

    /// <summary>Content that cannot be used.</summary>
    [LoggerMessage(207, LogLevel.Error, "{What} cannot be taken up, what was there before stays in use: {Reason}")]
    public static partial void NotReloaded(ILogger log, string what, string reason);

    /// <summary>A certificate that clients will refuse, now or soon.</summary>
    [LoggerMessage(208, LogLevel.Warning, "{What}")]
    public static partial void CertificateEnds(ILogger log, string what);

    /// <summary>A new configuration is valid.</summary>
    [LoggerMessage(209, LogLevel.Warning, "configuration reloaded by {Origin}: generation {Generation}; needs a restart: {Keys}")]
    public static partial void ConfigurationReloaded(ILogger log, string origin, int generation, string keys);

    /// <summary>The old configuration stays.</summary>
    [LoggerMessage(210, LogLevel.Error, "configuration not reloaded by {Origin}: {Count} problems, generation {Generation} stays")]
    public static partial void ConfigurationRefused(ILogger log, string origin, int count, int generation);

    /// <summary>One thing that is wrong with a new configuration.</summary>
    [LoggerMessage(211, LogLevel.Error, "configuration: {Problem}")]
    public static partial void ReloadProblem(ILogger log, string problem);

    /// <summary>One thing that is odd about it.</summary>
    [LoggerMessage(212, LogLevel.Warning, "configuration: {Warning}")]
    public static partial void ReloadWarning(ILogger log, string warning);

    /// <summary>SIGTERM, Ctrl-C or the service manager.</summary>
    [LoggerMessage(204, LogLevel.Information, "stopping: sessions are drained, running deliveries end, the rest stays in the spool")]
    public static partial void Stopping(ILogger log);

    /// <summary>The last line.</summary>
    [LoggerMessage(205, LogLevel.Information, "stopped")]
    public static partial void Stopped(ILogger log);

    /// <summary>Who may send.</summary>
    [LoggerMessage(201, LogLevel.Information, "listening for SMTP on {EndPoints}; clients in {Networks} may relay anywhere, everyone may send to domains: {Domains}")]
    public static partial void Listening(ILogger log, string endPoints, string networks, string domains);

    /// <summary>Where mail goes.</summary>
    [LoggerMessage(202, LogLevel.Information, "forwarding to {Hosts} by default, {Routes} other routes; change Gateway:Relay:DefaultRoute:Hosts:0 in gateway.json")]
    public static partial void Forwarding(ILogger log, string hosts, int routes);

    /// <summary>Where to look.</summary>
    [LoggerMessage(203, LogLevel.Information, "health, metrics and API on http://{EndPoint} (/healthz /readyz /metrics); try: gateway status, gateway queue list, gateway quarantine list")]
    public static partial void Management(ILogger log, string endPoint);

    /// <summary>The queue is empty after an order to drain.</summary>
    [LoggerMessage(343, LogLevel.Information, "drained: nothing is left to deliver ({OnHold} on hold), stopping")]
    public static partial void Drained(ILogger log, int onHold);
}
