namespace Gateway.Lab.Judging;

/// <summary>What one parser made of one message.</summary>
/// <param name="Refused">The parser gave up; what it had read by then counts for nothing, for it said so.</param>
/// <param name="Contents">A digest of the set of decoded contents of the leaves.</param>
/// <param name="Names">A digest of the file names.</param>
internal sealed record Reading(bool Refused, string Contents, string Names);
