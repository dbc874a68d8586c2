namespace Gateway.Mime.Rules.Framing;

/// <summary>What the raw octets show: line ends, NUL, long lines, lone dots, and how the message starts.</summary>
internal sealed class WireFlaws : RuleFamily
{
    public override RuleMoments Moments => RuleMoments.Wire;

    public override void Wire(Inspection inspection, WireFacts facts)
    {
        ReportAll(inspection, RuleCode.NonstandardEndOfData, RuleAction.Reject, facts.NonstandardEndOfData, "lone dot not delimited by CRLF on both sides");
        ReportAll(inspection, RuleCode.BareLf, RuleAction.Reject, facts.BareLf, "LF without CR");
        ReportAll(inspection, RuleCode.BareCr, RuleAction.Reject, facts.BareCr, "CR without LF");
        ReportAll(inspection, RuleCode.NulByte, RuleAction.Reject, facts.NulInHeader, "NUL in the header");
        if (!inspection.Binary)
        {
            ReportAll(inspection, RuleCode.NulByte, RuleAction.Quarantine, facts.NulInBody, "NUL in the body");
        }

        LongLines(inspection, facts);
        Start(inspection, facts);
        HardLimits(inspection, facts);
    }

    private static void ReportAll(Inspection inspection, RuleCode rule, RuleAction grade, WireSpots spots, string what)
    {
        foreach (WireSpot spot in spots.First)
        {
            string detail = spots.Count == 1 ? what : $"{what}; {spots.Count} in all";
            inspection.Report(rule, grade, spot.Offset, spot.Length, detail, spot.Line, string.Empty);
        }
    }

    private static void LongLines(Inspection inspection, WireFacts facts)
    {
        WireSpot longest = facts.LongestLine;
        bool hard = longest.Length > inspection.Limits.LineBytes;
        if (hard || !IsHeaderLine(inspection, facts, longest))
        {
            inspection.Measure(RuleCode.LineTooLong, longest.Length, hard, longest.Offset, longest.Length, longest.Line, string.Empty);
        }

        foreach (WireSpot spot in facts.OverlongLines.First)
        {
            if (spot != longest && !IsHeaderLine(inspection, facts, spot))
            {
                inspection.Measure(RuleCode.LineTooLong, spot.Length, hard: false, spot.Offset, spot.Length, spot.Line, string.Empty);
            }
        }
    }

    /// <summary>A line of the header that is only tagged has a rule of its own, header-line-too-long; a message over a bound is not read that far.</summary>
    private static bool IsHeaderLine(Inspection inspection, WireFacts facts, WireSpot spot) =>
        spot.Offset < facts.HeaderEnd && !facts.OverHardLimit && inspection.GradeOf(RuleCode.LineTooLong, spot.Length) <= RuleAction.Tag;

    private static void Start(Inspection inspection, WireFacts facts)
    {
        int length = facts.FirstLineLength;
        switch (facts.FirstLine)
        {
            case FirstLine.Absent or FirstLine.Empty:
                inspection.Report(RuleCode.EmptyHeaderBlock, RuleAction.Quarantine, 0, length, "the message has no header", 1, string.Empty);
                break;
            case FirstLine.Continuation:
                inspection.Report(RuleCode.LeadingContinuation, RuleAction.Quarantine, 0, length, "the first line continues nothing", 1, string.Empty);
                break;
            case FirstLine.MboxFrom:
                inspection.Report(RuleCode.NonHeaderLine, RuleAction.Tag, 0, length, "mbox line in front of the header", 1, string.Empty);
                break;
        }

        switch (facts.ByteOrderMark)
        {
            case ByteOrderMark.Utf8:
                inspection.Report(RuleCode.Utf8Bom, RuleAction.Tag, 0, 3, "UTF-8 byte order mark", 1, string.Empty);
                break;
            case ByteOrderMark.Utf16:
                inspection.Report(RuleCode.Utf8Bom, RuleAction.Reject, 0, 2, "UTF-16 or UTF-32 byte order mark", 1, string.Empty);
                break;
        }
    }

    /// <summary>A message over a bound is never parsed, so the rules on header blocks must speak here.</summary>
    private static void HardLimits(Inspection inspection, WireFacts facts)
    {
        if (!facts.OverHardLimit)
        {
            return;
        }

        InspectionLimits limits = inspection.Limits;
        WireSpot field = facts.LargestField;
        if (field.Length > limits.HeaderFieldBytes)
        {
            inspection.Measure(RuleCode.HeaderFieldTooLarge, field.Length, hard: true, field.Offset, field.Length, field.Line, string.Empty);
        }

        if (facts.HeaderEnd > limits.HeaderBlockBytes)
        {
            inspection.Measure(RuleCode.HeaderBlockTooLarge, facts.HeaderEnd, hard: true, 0, facts.HeaderEnd, 1, string.Empty);
        }

        if (facts.HeaderFields > limits.HeaderFields)
        {
            inspection.Measure(RuleCode.HeaderCountExceeded, facts.HeaderFields, hard: true, 0, facts.HeaderEnd, 1, string.Empty);
        }
    }
}
