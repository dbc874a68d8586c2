using Gateway.Relay.Delivery.Routes;

namespace Gateway.Relay.Delivery.Lanes;

/// <summary>One host of a route.</summary>
/// <param name="Host"><c>host:port</c>.</param>
/// <param name="Breaker">Closed, HalfOpen or Open.</param>
public sealed record RouteHostStatus(string Host, string Breaker)
{
    /// <summary>For people: <c>up</c>, or <c>down 40 s, probe in 8 s: Connection refused</c>.</summary>
    public string State { get; init; } = "up";

    /// <summary>Why it is down, or empty.</summary>
    public string Reason { get; init; } = string.Empty;

    /// <summary>Seconds since it failed; null while it is up.</summary>
    public double? DownSeconds { get; init; }

    /// <summary>Seconds until it is tried again, 0 when the next message does; null while it is up.</summary>
    public double? ProbeSeconds { get; init; }
}

/// <summary>How a route stands.</summary>
/// <param name="Name">The domain it is for, or <c>default</c>.</param>
/// <param name="Paused">An administrator stopped it.</param>
/// <param name="Hosts">Its hosts.</param>
/// <param name="Waiting">Clean mail in line.</param>
/// <param name="Suspects">Suspects in line.</param>
/// <param name="Deferred">Mail that waits for its next try.</param>
/// <param name="Sending">Transactions under way.</param>
/// <param name="Hanging">Transactions under way that hang.</param>
/// <param name="Window">How many clean ones may be under way at once now.</param>
public sealed record RouteStatus(
    string Name, bool Paused, IReadOnlyList<RouteHostStatus> Hosts, int Waiting, int Suspects, int Deferred, int Sending, int Hanging, int Window)
{
    /// <summary>Encryption and authentication: <c>verified auth=joe</c>.</summary>
    public string Security { get; init; } = string.Empty;

    /// <summary>Who stopped it, when and why; null while it goes on.</summary>
    public RoutePause? Pause { get; init; }

    /// <summary>The configured route that this one was made of for a domain of DNS; null for one that is configured itself.</summary>
    public string? Origin { get; init; }
}
