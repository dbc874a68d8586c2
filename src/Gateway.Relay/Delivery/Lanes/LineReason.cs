namespace Gateway.Relay.Delivery.Lanes;

/// <summary>Why all the mail of a destination waits.</summary>
/// <param name="Text">The pause, or what its hosts suffer from, without times that change with every look.</param>
/// <param name="Next">When it goes on: <c>paused</c>, <c>probe in 8 s</c>, <c>trying</c>.</param>
internal sealed record LineReason(string Text, string Next);
