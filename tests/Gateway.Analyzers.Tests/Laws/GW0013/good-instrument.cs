using System.Diagnostics.Metrics;

internal sealed class Metrics(Meter meter)
{
    private const string Ready = "gateway.ready";

    public Counter<long> Connections { get; } = meter.CreateCounter<long>("gateway.connections", "{connection}");

    public ObservableGauge<int> IsReady { get; } = meter.CreateObservableGauge(Ready, () => 1);
}
