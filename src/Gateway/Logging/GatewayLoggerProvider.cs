using System.Globalization;
using Gateway.Configuration;

namespace Gateway.Logging;

/// <summary>Sees an event before its line is written, on the thread that logs it; must neither throw nor wait.</summary>
internal delegate void LogEventTap(in LogEvent logged);

/// <summary>Writes the log of the process, one line per event, as <see cref="LogOptions"/> says.</summary>
/// <remarks>
/// Promises: no event makes two lines or forges another. An event of level critical is with the output before its caller goes on, because the
/// process may end next. Threads: any. Cost: a caller formats into its own
/// buffer and copies once; about 1 us and 320 octets of garbage a line as text (the message itself), 560 as JSON.
/// </remarks>
[ProviderAlias("Gateway")]
internal sealed class GatewayLoggerProvider : ILoggerProvider
{
    private static readonly TimeSpan LongestFlush = TimeSpan.FromSeconds(1);

    private readonly LogOptions _options;
    private readonly LogSource _source;
    private readonly TimeProvider _time;
    private readonly LogWriter _writer;
    private readonly LogEventTap? _tap;
    private readonly ThreadLocal<LogLine> _lines = new(() => new LogLine());

    /// <summary>Starts the log.</summary>
    /// <param name="options">Format and least level.</param>
    /// <param name="source">What to call host and process.</param>
    /// <param name="output">Where lines go; not disposed.</param>
    /// <param name="time">The time of the lines.</param>
    /// <param name="capacity">Octets in each of the two buffers of the writer.</param>
    /// <param name="tap">Sees each event that is written; null for nobody.</param>
    public GatewayLoggerProvider(
        LogOptions options, LogSource source, Stream output, TimeProvider time, int capacity = LogWriter.DefaultCapacity, LogEventTap? tap = null)
    {
        _tap = tap;
        _options = options;
        _source = source;
        _time = time;
        _writer = new LogWriter(output, LossLine, capacity);
    }

    /// <inheritdoc/>
    public ILogger CreateLogger(string categoryName) => new CategoryLogger(this, Format(categoryName));

    /// <summary>Waits until everything logged so far is with the output; false when that took too long.</summary>
    public bool Flush(TimeSpan longest) => _writer.Flush(longest);

    /// <summary>Writes what was logged and stops; what is logged afterwards is dropped.</summary>
    public void Dispose() => _writer.Dispose();

    private LineFormat Format(string category) => _options.Format == GatewayOptions.LogFormat.Json
        ? new JsonLineFormat(_source, category)
        : new TextLineFormat(_source, category);

    private byte[] LossLine(long lost)
    {
        LogLine line = new();
        string message = string.Create(CultureInfo.InvariantCulture, $"{lost} lines were lost because the output did not take them");
        Format("gateway/log").Write(line, new LogEvent(_time.GetUtcNow(), LogLevel.Warning, default, message, [new("lost", lost)], null));
        return line.Bytes.ToArray();
    }

    private void Write(LineFormat format, in LogEvent logged)
    {
        _tap?.Invoke(logged);
        LogLine own = _lines.Value!;
        LogLine line = own.InUse ? new LogLine() : own;
        line.InUse = true;
        try
        {
            line.Clear();
            format.Write(line, logged);
            _writer.Write(line.Bytes);
        }
        finally
        {
            line.InUse = false;
        }

        if (logged.Level == LogLevel.Critical)
        {
            _writer.Flush(LongestFlush);
        }
    }

    private sealed class CategoryLogger(GatewayLoggerProvider log, LineFormat format) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= log._options.Level && logLevel != LogLevel.None;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel))
            {
                log.Write(format, new LogEvent(
                    log._time.GetUtcNow(),
                    logLevel,
                    eventId,
                    formatter(state, exception),
                    format.WantsState ? state as IReadOnlyList<KeyValuePair<string, object?>> : null,
                    exception));
            }
        }
    }
}
