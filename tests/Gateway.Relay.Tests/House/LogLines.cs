using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Gateway.Relay.Tests.House;

/// <summary>Keeps what was logged.</summary>
internal sealed class LogLines : ILoggerFactory, ILogger
{
    private readonly ConcurrentQueue<(LogLevel Level, int Event, string Text)> _lines = new();

    public IReadOnlyList<string> All => [.. _lines.Select(l => l.Text)];

    /// <summary>Faults of ours that were logged, with their exceptions.</summary>
    public IReadOnlyList<string> Errors => [.. _lines.Where(l => l.Level >= LogLevel.Error).Select(l => l.Text)];

    public IReadOnlyList<string> Of(int logEvent) => [.. _lines.Where(l => l.Event == logEvent).Select(l => l.Text)];

    public int Count(int logEvent) => _lines.Count(l => l.Event == logEvent);

    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException();

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        _lines.Enqueue((logLevel, eventId.Id, $"{formatter(state, exception)}{(exception is null ? string.Empty : $" | {exception}")}"));

    public void Dispose()
    {
        // Nothing is quarantined.
    }
}
