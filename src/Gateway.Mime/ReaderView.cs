namespace Gateway.Mime;

/// <summary>What one style of reader makes of what a finding is about.</summary>
/// <param name="Reader">How that reader reads, as a phrase behind "a reader": <c>that cuts the name at the control</c>.</param>
/// <param name="Sees">The octets it comes to, raw and hostile; empty when it sees nothing there.</param>
public sealed record ReaderView(string Reader, ReadOnlyMemory<byte> Sees);
