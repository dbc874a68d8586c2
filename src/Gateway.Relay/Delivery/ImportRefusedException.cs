namespace Gateway.Relay.Delivery;

/// <summary>A message cannot be imported because of what it is.</summary>
/// <param name="message">What is wrong with it, for a person.</param>
public sealed class ImportRefusedException(string message) : Exception(message);
