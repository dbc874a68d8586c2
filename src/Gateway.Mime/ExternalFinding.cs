namespace Gateway.Mime;

/// <summary>A finding made outside the inspector: by the SMTP server while it read, or by the relay.</summary>
/// <param name="Rule">The rule; usually one that is marked external.</param>
/// <param name="Offset">Octets from the start of DATA.</param>
/// <param name="Length">Octets of evidence; 0 when there is none.</param>
/// <param name="Detail">What was seen, for people; one line.</param>
public readonly record struct ExternalFinding(RuleCode Rule, long Offset, int Length, string Detail);
