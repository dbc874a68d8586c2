namespace Gateway.Mime;

/// <summary>What one inspection found, and what is to become of the message.</summary>
/// <param name="Verdict">The strongest action of all findings, also of those that were not kept.</param>
/// <param name="Findings">The findings kept, by offset.</param>
/// <param name="FindingsSuppressed">Findings counted but not kept.</param>
public sealed record InspectionReport(RuleAction Verdict, IReadOnlyList<Finding> Findings, int FindingsSuppressed)
{
    /// <summary>Parts, leaf and composite, the message itself included; 0 when the message was not parsed.</summary>
    public int PartCount { get; init; }

    /// <summary>The deepest nesting of multiparts and embedded messages; 0 for a plain message.</summary>
    public int MaxDepth { get; init; }

    /// <summary>True when a field of a header block, of the message or of a part, has octets above 127 (RFC 6532 section 3).</summary>
    public bool EightBitHeader { get; init; }

    /// <summary>Octets of the top header block, its closing empty line included.</summary>
    public long HeaderBytes { get; init; }

    /// <summary>The decoded Subject, at most 256 characters, controls replaced; null when there is none. Cost: decoded at each call, as the next two are.</summary>
    public string? Subject => MessageSummary.Text(RawSubject);

    /// <summary>The decoded From, at most 256 characters, controls replaced; null when there is none.</summary>
    public string? From => MessageSummary.Text(RawFrom);

    /// <summary>The Message-ID, at most 256 characters, controls replaced; null when there is none.</summary>
    public string? MessageId => MessageSummary.Text(RawMessageId);

    /// <summary>The octets of the Subject field's value.</summary>
    internal byte[]? RawSubject { get; init; }

    /// <summary>The octets of the From field's value.</summary>
    internal byte[]? RawFrom { get; init; }

    /// <summary>The octets of the Message-ID field's value.</summary>
    internal byte[]? RawMessageId { get; init; }

    /// <summary>Names of the exceptions that softened a finding, each once.</summary>
    public IReadOnlyList<string> Exemptions { get; init; } = [];

    /// <summary>How long the inspection took.</summary>
    public TimeSpan Elapsed { get; init; }

    /// <summary>False when a hard bound or a fault kept the parser from reading the whole message.</summary>
    public bool Complete { get; init; } = true;

    /// <summary>The report on a message that is not to be read: one finding of <c>parser-fault</c>.</summary>
    /// <param name="detail">Why it is not read; one line.</param>
    /// <param name="context">The policy to judge by.</param>
    public static InspectionReport Uninspected(string detail, in InspectionContext context)
    {
        Rule rule = RuleCatalogue.Get(RuleCode.ParserFault);
        RuleAction action = context.Policy.ActionOf(rule);
        return new InspectionReport(action, [new Finding(rule.Code, action, 0, 0, 1, string.Empty, default, detail)], 0) { Complete = false };
    }

    /// <summary>The finding that decided the verdict: of the strongest the one that ranks first in the catalogue; null when nothing was found.</summary>
    public Finding? Decisive
    {
        get
        {
            Finding? decisive = null;
            foreach (Finding finding in Findings)
            {
                if (decisive is null || finding.Action > decisive.Action
                    || (finding.Action == decisive.Action && finding.Rule < decisive.Rule))
                {
                    decisive = finding;
                }
            }

            return decisive;
        }
    }
}
