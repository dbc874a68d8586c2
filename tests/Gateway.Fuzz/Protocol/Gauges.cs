using System.Buffers;
using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Gateway.Smtp.Transport;
using Microsoft.AspNetCore.Connections;

namespace Gateway.Fuzz.Protocol;

/// <summary>What must be back at zero when nobody is connected: the product's gauges and the blocks of its pool.</summary>
internal sealed class Gauges : IMeterFactory, IMemoryPoolFactory<byte>
{
    private readonly ConcurrentBag<Meter> _meters = [];
    private readonly ConcurrentDictionary<string, double> _values = new(StringComparer.Ordinal);
    private readonly MeterListener _listener = new();
    private int _rented;

    public Gauges()
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (_meters.Contains(instrument.Meter) && instrument.Name is "gateway.connections.active" or "gateway.message.memory")
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<int>((i, value, _, _) => _values.AddOrUpdate(i.Name, value, (_, sum) => sum + value));
        _listener.SetMeasurementEventCallback<long>((i, value, _, _) => _values[i.Name] = value);
        _listener.Start();
    }

    /// <summary>The gauges that are not at zero, or the empty text.</summary>
    public string NotZero()
    {
        _listener.RecordObservableInstruments();
        IEnumerable<string> open = _values.Where(static v => v.Value != 0).Select(static v => $"{v.Key}={v.Value}");
        return string.Join(' ', Volatile.Read(ref _rented) == 0 ? open : open.Append($"blocks.rented={_rented}"));
    }

    public Meter Create(MeterOptions options)
    {
        options.Scope = this;
        Meter meter = new(options);
        _meters.Add(meter);
        return meter;
    }

    public MemoryPool<byte> Create(MemoryPoolOptions? options = null) => new CountedPool(this);

    public void Dispose()
    {
        _listener.Dispose();
        foreach (Meter meter in _meters)
        {
            meter.Dispose();
        }
    }

    private sealed class CountedPool(Gauges gauges) : MemoryPool<byte>
    {
        private readonly LargeBlockPool _blocks = new();

        public override int MaxBufferSize => _blocks.MaxBufferSize;

        public override IMemoryOwner<byte> Rent(int minBufferSize = -1)
        {
            Interlocked.Increment(ref gauges._rented);
            return new Counted(gauges, _blocks.Rent(minBufferSize));
        }

        protected override void Dispose(bool disposing) => _blocks.Dispose();
    }

    private sealed class Counted(Gauges gauges, IMemoryOwner<byte> block) : IMemoryOwner<byte>
    {
        private int _returned;

        public Memory<byte> Memory => block.Memory;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _returned, 1) == 0)
            {
                Interlocked.Decrement(ref gauges._rented);
                block.Dispose();
            }
        }
    }
}
