using Gateway.Mime;

namespace Gateway.Relay.Message;

/// <summary>One finding as evidence beside the quarantined message.</summary>
/// <remarks>Plain data in the quarantine's own shape, so that stored evidence outlives changes of the inspector's types.</remarks>
/// <param name="Rule">Name in the rule catalogue, such as <c>duplicate-mime-parameter</c>.</param>
/// <param name="Action">The action in force when it was found. The word that older versions stored for allow is read as that.</param>
/// <param name="Offset">Octets from the start of DATA to the evidence.</param>
/// <param name="Length">Octets of evidence.</param>
/// <param name="Line">Line number, from 1.</param>
/// <param name="Part">Path of the MIME part, such as <c>1.2</c>; empty for the message itself.</param>
/// <param name="Excerpt">The evidence, escaped for display; still hostile to HTML.</param>
/// <param name="ExcerptHex">The same octets in hexadecimal.</param>
/// <param name="Clause">The clause that was broken, such as <c>RFC 2045 5.1</c>.</param>
/// <param name="Detail">Numbers and names that belong to this finding only.</param>
public sealed record QuarantineFinding(
    string Rule,
    string Action,
    long Offset,
    int Length,
    int Line,
    string Part,
    string Excerpt,
    string ExcerptHex,
    string Clause,
    string Detail)
{
    private const string FormerAllow = "accept";

    /// <inheritdoc cref="QuarantineFinding(string, string, long, int, int, string, string, string, string, string)" path="/param[@name='Action']"/>
    public string Action { get; init; } = Action == FormerAllow ? RuleAction.Allow.Name() : Action;
}
