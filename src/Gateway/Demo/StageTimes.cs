using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Gateway.Relay.Telemetry;

namespace Gateway.Demo;

/// <summary>Collects what the gateway's own instruments record, so that the summary shows the product's figures and not a second set.</summary>
internal sealed class StageTimes : IDisposable
{
    private readonly MeterListener _listener = new();
    private readonly ConcurrentDictionary<string, ConcurrentBag<double>> _seconds = new(StringComparer.Ordinal);

    public StageTimes()
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Name == GatewayMetrics.MeterName && instrument.Unit == "s")
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) =>
        {
            string name = instrument.Name;
            foreach (KeyValuePair<string, object?> tag in tags)
            {
                name = $"{name}/{tag.Value}";
            }

            _seconds.GetOrAdd(name, _ => []).Add(value);
        });
        _listener.Start();
    }

    /// <summary>Forgets what was recorded so far.</summary>
    public void Clear() => _seconds.Clear();

    /// <summary>Count, median and 99th percentile of an instrument, in milliseconds.</summary>
    public (int Count, double P50, double P99) Of(string name)
    {
        double[] sorted = [.. _seconds.GetValueOrDefault(name, []).Order()];
        return sorted.Length == 0 ? default : (sorted.Length, At(sorted, 0.50) * 1000, At(sorted, 0.99) * 1000);
    }

    public void Dispose() => _listener.Dispose();

    private static double At(double[] sorted, double share) => sorted[Math.Min(sorted.Length - 1, (int)(share * sorted.Length))];
}
