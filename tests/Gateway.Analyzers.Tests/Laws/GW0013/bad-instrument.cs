using System.Diagnostics.Metrics;

internal sealed class Metrics(Meter meter, string name)
{
    public Counter<long> Lost { get; } = meter.CreateCounter<long>([|"gateway.lost"|], "{message}");

    public Histogram<double> Any { get; } = meter.CreateHistogram<double>([|name|]);
}
