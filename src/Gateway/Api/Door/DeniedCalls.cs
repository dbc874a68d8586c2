using System.Net;
using Gateway.Relay.Telemetry;

namespace Gateway.Api.Door;

/// <summary>Counts and logs the calls that the management interface denied.</summary>
/// <remarks>
/// Promises: the counter is exact; each address has at most one log line a minute, which says how many calls it stands for. Addresses are
/// remembered up to a bound; those beyond it share one line.
/// Threads: any. Cost: a lock and a look-up for a denied call, nothing for others.
/// </remarks>
internal sealed class DeniedCalls : IAsyncDisposable
{
    private const int MostCallers = 1000;
    private const string OtherCallers = "others";

    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    private readonly Lock _gate = new();
    private readonly Dictionary<string, Caller> _callers = new(StringComparer.Ordinal);
    private readonly GatewayMetrics _metrics;
    private readonly ILogger _log;
    private readonly TimeProvider _time;
    private readonly ITimer _timer;

    /// <summary>Makes an empty book.</summary>
    public DeniedCalls(GatewayMetrics metrics, ILogger log, TimeProvider time)
    {
        _metrics = metrics;
        _log = log;
        _time = time;
        _timer = time.CreateTimer(_ => Review(), null, Interval, Interval);
    }

    /// <summary>Notes a denied call.</summary>
    /// <param name="address">Where it came from; null for a Unix socket.</param>
    /// <param name="reason">Why it was denied: <c>token</c> or <c>host</c>.</param>
    /// <param name="call">Method and path as they came; escaped here.</param>
    public void Note(IPAddress? address, string reason, string call)
    {
        _metrics.ManagementDenied(reason);
        string client = address?.ToString() ?? "local";
        lock (_gate)
        {
            if (!_callers.TryGetValue(client, out Caller? caller))
            {
                client = _callers.Count < MostCallers ? client : OtherCallers;
                if (!_callers.TryGetValue(client, out caller))
                {
                    _callers[client] = caller = new Caller();
                }
            }

            caller.Unsaid++;
            caller.Reason = reason;
            caller.Call = call;
            SayIfDue(client, caller);
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _timer.DisposeAsync();

    private void Review()
    {
        lock (_gate)
        {
            foreach ((string client, Caller caller) in _callers)
            {
                if (caller.Unsaid == 0 && caller.IsDue(_time))
                {
                    _callers.Remove(client);
                }
                else if (caller.Unsaid > 0)
                {
                    SayIfDue(client, caller);
                }
            }
        }
    }

    private void SayIfDue(string client, Caller caller)
    {
        if (caller.IsDue(_time))
        {
            GatewayLog.ManagementDenied(_log, caller.Unsaid, client, caller.Reason, LogText.Escape(caller.Call, 100));
            caller.Said = _time.GetTimestamp();
            caller.Unsaid = 0;
        }
    }

    private sealed class Caller
    {
        public long Unsaid { get; set; }

        public long? Said { get; set; }

        public string Reason { get; set; } = string.Empty;

        public string Call { get; set; } = string.Empty;

        public bool IsDue(TimeProvider time) => Said is not long said || time.GetElapsedTime(said) >= Interval;
    }
}
