using Gateway.Mime.Fields;
using MimeKit;

namespace Gateway.Mime.Rules.Address;

/// <summary>Recipients that are none, and addresses of other mail systems that grew too long.</summary>
internal sealed class RecipientFields : RuleFamily
{
    /// <summary>RFC 5321 4.5.3.1.1: no local part is longer.</summary>
    private const int LongestLocalPart = 64;

    // Enough to find one that is too long; each costs a search over the rest of the field.
    private const int MostAddresses = 32;

    public override RuleMoments Moments => RuleMoments.Block;

    public override void Block(Inspection inspection, HeaderBlock block)
    {
        if (!block.IsMessage)
        {
            return;
        }

        ReadOnlySpan<HeaderField> fields = block.Fields;
        foreach (int i in block.With(FieldTraits.Addresses))
        {
            ref readonly HeaderField field = ref fields[i];
            if (field.Id is not (HeaderId.To or HeaderId.Cc or HeaderId.From or HeaderId.Sender or HeaderId.ReplyTo))
            {
                continue;
            }

            if (block.IsTop && field.Id is HeaderId.To or HeaderId.Cc && IsEmptyGroup(field.Value))
            {
                inspection.Report(RuleCode.UndisclosedGroup, RuleAction.Allow, field.Offset, field.Length, "a group without members", field.Line, string.Empty);
            }

            if (field.Value.Length > LongestLocalPart)
            {
                Encapsulated(inspection, field);
            }
        }
    }

    private static bool IsEmptyGroup(ReadOnlySpan<byte> value)
    {
        ReadOnlySpan<byte> text = value.TrimEnd(" \t\r\n"u8);
        return text.EndsWith(";"u8) && text[..^1].TrimEnd(" \t\r\n"u8).EndsWith(":"u8);
    }

    private static void Encapsulated(Inspection inspection, in HeaderField field)
    {
        ReadOnlySpan<byte> value = field.Value;
        int at = 0;
        for (int i = 0; i < MostAddresses && at < value.Length; i++)
        {
            int found = Next(value[at..]);
            if (found < 0)
            {
                return;
            }

            int start = at + value.Slice(at, found).LastIndexOfAny("<,:\r\n"u8) + 1;
            int length = value[start..].IndexOfAny("@>,\r\n"u8);
            length = length < 0 ? value.Length - start : length;
            inspection.Measure(RuleCode.X400Address, length, hard: false, field.ValueOffset + start, length);
            at = Math.Max(start + length, at + found) + 1;
        }
    }

    /// <summary>Exchange's encapsulation, or the administrative domain that every X.400 address has.</summary>
    private static int Next(ReadOnlySpan<byte> text)
    {
        int nearest = -1;
        Nearest(text.IndexOf("IMCEA"u8), ref nearest);
        if (text.Contains((byte)'/'))
        {
            Nearest(text.IndexOf("/ADMD="u8), ref nearest);
            Nearest(text.IndexOf("/PRMD="u8), ref nearest);
        }

        return nearest;
    }

    private static void Nearest(int found, ref int nearest) => nearest = found >= 0 && (nearest < 0 || found < nearest) ? found : nearest;
}
