using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace Gateway.Relay.Tests.House;

/// <summary>Makes meters and adds up what their counters count, by instrument and tag values.</summary>
internal sealed class MetricSums : IMeterFactory
{
    private readonly ConcurrentBag<Meter> _meters = [];
    private readonly ConcurrentDictionary<string, double> _sums = new(StringComparer.Ordinal);
    private readonly MeterListener _listener = new();

    public MetricSums()
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (_meters.Contains(instrument.Meter))
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<int>((i, value, tags, _) => Count(i, value, tags));
        _listener.SetMeasurementEventCallback<long>((i, value, tags, _) => Count(i, value, tags));
        _listener.SetMeasurementEventCallback<double>((i, value, tags, _) => Count(i, value, tags));
        _listener.Start();
    }

    /// <summary>The sum, such as <c>gateway.messages.received|accepted</c>.</summary>
    public double this[string name] => _sums.GetValueOrDefault(name);

    public Meter Create(MeterOptions options)
    {
        options.Scope = this;
        Meter meter = new(options);
        _meters.Add(meter);
        return meter;
    }

    public void Dispose()
    {
        _listener.Dispose();
        foreach (Meter meter in _meters)
        {
            meter.Dispose();
        }
    }

    private void Count(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        string name = instrument.Name;
        foreach (KeyValuePair<string, object?> tag in tags)
        {
            name = $"{name}|{tag.Value}";
        }

        _sums.AddOrUpdate(name, value, (_, sum) => sum + value);
    }
}
