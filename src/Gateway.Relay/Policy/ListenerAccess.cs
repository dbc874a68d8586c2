namespace Gateway.Relay.Policy;

/// <summary>Whose mail a listener takes.</summary>
/// <param name="Control">Who may send to whom.</param>
/// <param name="ExemptClients">Whom the limits of single clients do not concern.</param>
public readonly record struct ListenerAccess(RelayControl Control, NetworkList ExemptClients);
