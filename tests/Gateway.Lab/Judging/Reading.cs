namespace Gateway.Lab.Judging;

/// <summary>What one parser made of one message.</summary>
/// <param name="Refused">The parser gave up; what it had read by then counts for nothing, for it said so.</param>
/// <param name="Contents">A digest of the set of decoded contents of the leaves.</param>
/// <param name="Endings">How the file names end, as <see cref="NameEndingSet"/> writes it.</param>
/// <param name="From">The addresses of From; null when the parser refuses the field or does not read it.</param>
internal sealed record Reading(bool Refused, string Contents, string Endings, string? From);
