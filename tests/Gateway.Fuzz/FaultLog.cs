using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Gateway.Fuzz;

/// <summary>Hears every fault that the product logs and every exception that nobody observed.</summary>
/// <remarks>Threads: any. Faults are errors and worse, and warnings that carry an exception.</remarks>
internal sealed class FaultLog : ILoggerProvider
{
    private readonly ConcurrentQueue<string> _faults = new();

    public FaultLog() => TaskScheduler.UnobservedTaskException += Unobserved;

    /// <summary>Takes the faults heard so far.</summary>
    public IReadOnlyList<string> Take()
    {
        List<string> taken = [];
        while (_faults.TryDequeue(out string? fault))
        {
            taken.Add(fault);
        }

        return taken;
    }

    public ILogger CreateLogger(string categoryName) => new Listener(this, categoryName);

    public void Dispose() => TaskScheduler.UnobservedTaskException -= Unobserved;

    private void Unobserved(object? sender, UnobservedTaskExceptionEventArgs e) => _faults.Enqueue($"unobserved: {e.Exception}");

    private sealed class Listener(FaultLog log, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (logLevel >= LogLevel.Error || (logLevel == LogLevel.Warning && exception is not null))
            {
                log._faults.Enqueue($"{category} {logLevel}: {formatter(state, exception)} {exception}");
            }
        }
    }
}
