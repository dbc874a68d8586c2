namespace Gateway.Logging;

/// <summary>What every line of this process says about where it comes from.</summary>
/// <param name="Host">The gateway's name.</param>
/// <param name="ProcessId">The process.</param>
/// <param name="SyslogName">What stands before the slash of each program, as Postfix's <c>syslog_name</c>.</param>
internal sealed record LogSource(string Host, int ProcessId, string SyslogName = "gateway")
{
    private const string OwnPrefix = "gateway/";

    /// <summary>The program a category is logged as: our own under their names, those of libraries as <c>host</c>.</summary>
    public string Program(string category) => $"{SyslogName}/{(IsOwn(category) ? category[OwnPrefix.Length..] : "host")}";

    /// <summary>Whether the category is one of ours.</summary>
    public static bool IsOwn(string category) => category.StartsWith(OwnPrefix, StringComparison.Ordinal);
}

/// <summary>One event as it came from the logger.</summary>
internal readonly ref struct LogEvent(
    DateTimeOffset time,
    LogLevel level,
    EventId @event,
    string message,
    IReadOnlyList<KeyValuePair<string, object?>>? state,
    Exception? exception)
{
    /// <summary>When.</summary>
    public DateTimeOffset Time { get; } = time;

    /// <summary>How bad.</summary>
    public LogLevel Level { get; } = level;

    /// <summary>Which.</summary>
    public EventId Event { get; } = @event;

    /// <summary>The formatted message.</summary>
    public string Message { get; } = message;

    /// <summary>The values by name; null when there are none.</summary>
    public IReadOnlyList<KeyValuePair<string, object?>>? State { get; } = state;

    /// <summary>What was thrown; null when nothing was.</summary>
    public Exception? Exception { get; } = exception;
}

/// <summary>Writes the events of one category as lines.</summary>
/// <remarks>Promises: one event is one line with its end, whatever is in it. Threads: any; the line belongs to the caller.</remarks>
internal abstract class LineFormat
{
    /// <summary>Whether it writes the values too; reading them costs the caller an allocation.</summary>
    public virtual bool WantsState => false;

    /// <summary>Writes an event.</summary>
    public abstract void Write(LogLine line, in LogEvent logged);
}
