using Gateway.Mime.Fields;
using Gateway.Mime.Structure;
using MimeKit;

namespace Gateway.Mime.Rules;

/// <summary>Header forms that the differential lab (docs/lab.md) has shown other readers to take for different structures.</summary>
/// <remarks>
/// Reported as <c>parser-disagreement</c>, because the readers that differ are not in this process. A form belongs here when no rule
/// with a name of its own holds it. Cost: one search for LF in every field that stands before a Content field.
/// </remarks>
internal sealed class DivergentFields : RuleFamily
{
    public override RuleMoments Moments => RuleMoments.Block | RuleMoments.PartBegin;

    public override void Block(Inspection inspection, HeaderBlock block)
    {
        ReadOnlySpan<HeaderField> fields = block.Fields;
        if (block is { IsMessage: true, IsTop: false, HasSeparator: true } && fields.IsEmpty)
        {
            inspection.Report(
                RuleCode.ParserDisagreement, Unless(inspection.NullSender), block.Begin, block.End - block.Begin, "an embedded message that starts with an empty line");
        }

        int last = Math.Max(block.Find(HeaderId.ContentType), block.Find(HeaderId.ContentTransferEncoding));
        for (int i = 0; i <= last; i++)
        {
            int at = BlankLine(fields[i].Value);
            if (at >= 0)
            {
                // RFC 5322 4.2 lets nobody write it. To some readers the header ends there, to others the value has a line more.
                inspection.Report(
                    RuleCode.ParserDisagreement, RuleAction.Quarantine, fields[i].ValueOffset + at, 1, "a line of blanks inside a header that says how to read the body");
                return;
            }
        }
    }

    public override void PartBegin(Inspection inspection, PartNode part)
    {
        HeaderBlock block = inspection.Header;
        if (part.Kind != PartKind.Multipart || !block.IsMessage)
        {
            return;
        }

        // RFC 2045 4: without the field the message is not MIME, and readers of the letter see one plain text. Bounces often lack it.
        int at = block.Find(HeaderId.MimeVersion);
        if (at < 0 || !IsOne(block.Fields[at].Value))
        {
            inspection.Report(
                RuleCode.ParserDisagreement,
                Unless(inspection.NullSender),
                at < 0 ? part.TypeOffset : block.Fields[at].Offset,
                at < 0 ? part.TypeLength : block.Fields[at].Length,
                at < 0 ? "a multipart without MIME-Version is plain text to some readers" : "a multipart under another MIME-Version is plain text to some readers");
        }
    }

    /// <summary>Bounces return what others wrote, often by hand: for them it is a tag.</summary>
    private static RuleAction Unless(bool nullSender) => nullSender ? RuleAction.Tag : RuleAction.Quarantine;

    /// <summary>Where a continuation line of nothing but blanks starts; -1 for none.</summary>
    private static int BlankLine(ReadOnlySpan<byte> value)
    {
        int start = value.IndexOf((byte)'\n') + 1;
        while (start > 0 && start < value.Length)
        {
            int feed = value[start..].IndexOf((byte)'\n');
            int end = feed < 0 ? value.Length : start + feed;
            if (value[start..end].IndexOfAnyExcept(" \t\r"u8) < 0)
            {
                return start;
            }

            start = end + 1;
        }

        return -1;
    }

    /// <summary>Comments and blanks may stand anywhere in the version (RFC 2045 section 4).</summary>
    private static bool IsOne(ReadOnlySpan<byte> value)
    {
        ReadOnlySpan<byte> wanted = "1.0"u8;
        int depth = 0;
        foreach (byte octet in value)
        {
            if (octet == (byte)'(')
            {
                depth++;
            }
            else if (octet == (byte)')' && depth > 0)
            {
                depth--;
            }
            else if (depth == 0 && octet is not ((byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n'))
            {
                if (wanted.IsEmpty || octet != wanted[0])
                {
                    return false;
                }

                wanted = wanted[1..];
            }
        }

        return wanted.IsEmpty;
    }
}
