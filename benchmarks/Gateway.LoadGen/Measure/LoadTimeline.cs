using System.Diagnostics;
using Gateway.LoadGen.Report;
using HdrHistogram;

namespace Gateway.LoadGen.Measure;

/// <summary>Looks once a second at what was counted since the last look.</summary>
/// <remarks>A run of many hours keeps its minutes and the last hours' seconds. Threads: one.</remarks>
internal sealed class LoadTimeline(LoadMeter meter, ProcessSampler processes, long start)
{
    private const int MostSeconds = 4 * 3600;

    private readonly Queue<Second> _seconds = new();
    private readonly List<Minute> _minutes = [];
    private readonly LongHistogram _accept = LatencyRecorder.Empty();
    private readonly LongHistogram _endToEnd = LatencyRecorder.Empty();
    private readonly LongHistogram _minuteAccept = LatencyRecorder.Empty();
    private readonly LongHistogram _minuteEndToEnd = LatencyRecorder.Empty();
    private (long Sent, long Accepted, long Delivered) _last;
    private (long Accepted, long Delivered) _minuteBegan;
    private readonly long _start = start;
    private long _lastLook = start;
    private ProcessSample _sample = processes.Take();

    /// <summary>The largest resident memory seen.</summary>
    public long PeakOctets { get; private set; }

    public IReadOnlyCollection<Second> Seconds => _seconds;

    public IReadOnlyList<Minute> Minutes => _minutes;

    /// <summary>Looks at memory only: peaks may be short.</summary>
    public void LookAtMemory()
    {
        if (processes.IsActive)
        {
            PeakOctets = Math.Max(PeakOctets, processes.Resident());
        }
    }

    /// <summary>Ends a second.</summary>
    public Second Look()
    {
        long now = Stopwatch.GetTimestamp();
        double took = Math.Max(1e-3, (now - _lastLook) / 1e9);
        ProcessSample sample = processes.Take();
        PeakOctets = Math.Max(PeakOctets, sample.ResidentOctets);
        _accept.Reset();
        _endToEnd.Reset();
        meter.Accept[0].Drain(_accept);
        meter.EndToEnd[0].Drain(_endToEnd);
        _minuteAccept.Add(_accept);
        _minuteEndToEnd.Add(_endToEnd);
        (long sent, long accepted, long delivered) = (meter.Sent, meter.Accepted, meter.Delivered);
        double at = (now - _start) / 1e9;
        Second second = new(
            Math.Round(at, 2),
            PerSecond(sent - _last.Sent),
            PerSecond(accepted - _last.Accepted),
            PerSecond(delivered - _last.Delivered),
            meter.InFlight,
            At(_accept, 50),
            At(_accept, 99),
            At(_endToEnd, 50),
            At(_endToEnd, 99),
            Math.Round((sample.CpuSeconds - _sample.CpuSeconds) / took * 100, 1),
            Math.Round(sample.ResidentOctets / 1e6, 1));
        (_last, _lastLook, _sample) = ((sent, accepted, delivered), now, sample);
        _seconds.Enqueue(second);
        if (_seconds.Count > MostSeconds)
        {
            _seconds.Dequeue();
        }

        if ((int)(at / 60) > _minutes.Count)
        {
            EndMinute(sample);
        }

        return second;

        long PerSecond(long count) => (long)Math.Round(count / took);
    }

    private void EndMinute(ProcessSample sample)
    {
        _minutes.Add(new Minute(
            _minutes.Count + 1,
            _last.Accepted - _minuteBegan.Accepted,
            _last.Delivered - _minuteBegan.Delivered,
            At(_minuteAccept, 99),
            At(_minuteEndToEnd, 99),
            At(_minuteEndToEnd, 100),
            Math.Round(sample.ResidentOctets / 1e6, 1)));
        _minuteAccept.Reset();
        _minuteEndToEnd.Reset();
        _minuteBegan = (_last.Accepted, _last.Delivered);
    }

    private static double At(LongHistogram histogram, double percentile)
        => histogram.TotalCount == 0 ? -1 : histogram.GetValueAtPercentile(percentile) / 1000.0;
}
