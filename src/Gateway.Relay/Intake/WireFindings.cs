using System.Globalization;
using Gateway.Mime;
using Gateway.Smtp.Protocol;
using Gateway.Smtp.Server;

namespace Gateway.Relay.Intake;

/// <summary>What only the SMTP side could see of a message, as findings.</summary>
internal static class WireFindings
{
    /// <summary>The findings about the end of one message.</summary>
    public static IReadOnlyList<ExternalFinding> Of(DataEnd end)
    {
        if (end.SuspectEndOffset >= 0)
        {
            return [new(RuleCode.NonstandardEndOfData, end.SuspectEndOffset, 1, "a lone dot between line ends that are not both CRLF")];
        }

        return end.Normalized is { Total: > 0 } done ? [new(RuleCode.LineEndsNormalized, done.FirstOffset, 2, Detail(done))] : [];
    }

    /// <summary>What a finding of the inspection means for the notes of its session: the bounds of the header have no reply before the end of data.</summary>
    public static SessionNotes Note(Finding finding) => finding is
    {
        Rule: RuleCode.HeaderBlockTooLarge or RuleCode.HeaderFieldTooLarge or RuleCode.HeaderCountExceeded,
        Action: RuleAction.Quarantine or RuleAction.Reject,
    }
        ? SessionNotes.HeaderTooLarge
        : SessionNotes.None;

    private static string Detail(NormalizedLineEnds done) => string.Create(
        CultureInfo.InvariantCulture,
        $"{done.Total} places became CRLF: {done.BareLf} bare LF, {done.BareCr} bare CR, {done.DoubledCr} CR CR LF");
}
