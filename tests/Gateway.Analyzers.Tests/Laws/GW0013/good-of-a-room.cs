using System.Diagnostics.Metrics;

internal sealed class GatewayMetrics(Meter meter)
{
    public void Gauge<T>(string name, Func<T> read)
        where T : struct => meter.CreateObservableGauge(name, read);
}

internal static class Rooms
{
    public static void Register(GatewayMetrics metrics) => metrics.Gauge("gateway.ready", () => 1);
}
