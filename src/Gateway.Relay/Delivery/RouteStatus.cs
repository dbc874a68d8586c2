namespace Gateway.Relay.Delivery;

/// <summary>One host of a route.</summary>
/// <param name="Host"><c>host:port</c>.</param>
/// <param name="Breaker">Closed, HalfOpen or Open.</param>
public sealed record RouteHostStatus(string Host, string Breaker);

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
}
