using Gateway.Relay.Telemetry;

namespace Gateway.Relay.Delivery.Hosts;

/// <summary>A host that gets no mail now.</summary>
/// <param name="DownFor">Since it failed.</param>
/// <param name="UntilProbe">Until a message tries it again; zero when the next one does.</param>
/// <param name="IsTried">A message tries it at this moment.</param>
/// <param name="Reason">What it or the system said, safe for a log.</param>
internal sealed record HostTrouble(TimeSpan DownFor, TimeSpan UntilProbe, bool IsTried, string Reason)
{
    /// <summary>When it is tried: <c>probe in 8 s</c>.</summary>
    public string Next => IsTried ? "trying" : UntilProbe > TimeSpan.Zero ? $"probe in {PlainTime.Of(UntilProbe)}" : "probe with the next message";

    /// <inheritdoc/>
    public override string ToString() => $"down {PlainTime.Of(DownFor)}, {Next}{(Reason.Length > 0 ? $": {Reason}" : string.Empty)}";
}
