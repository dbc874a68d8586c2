using System.Buffers;
using System.Globalization;
using Gateway.Mime.Fields;
using MimeKit;
using MimeKit.Utils;

namespace Gateway.Mime.Rules.Address;

/// <summary>How the author is displayed: as a group, or in letters that look like others.</summary>
/// <remarks>Cost: two searches for the From of most mail; text is decoded only where it is not plain US-ASCII, and only its first kilobyte.</remarks>
internal sealed class FromDisplay : RuleFamily
{
    private const int MaxDecoded = 1024;

    private static readonly SearchValues<char> DomainEnds = SearchValues.Create("> \t\r\n,;");

    private readonly IdnMapping _idn = new();

    public override RuleMoments Moments => RuleMoments.Block;

    public override void Block(Inspection inspection, HeaderBlock block)
    {
        int at = block.IsTop ? block.Find(HeaderId.From) : -1;
        if (at < 0)
        {
            return;
        }

        HeaderField field = block.Fields[at];
        ReadOnlySpan<byte> value = field.Value;
        if (value.Contains((byte)':') && Group(value, out bool empty))
        {
            inspection.Report(
                RuleCode.GroupSyntaxInFrom,
                empty ? RuleAction.Quarantine : RuleAction.Tag,
                field.Offset,
                field.Length,
                empty ? "From is a group without members" : "From is a group",
                field.Line,
                string.Empty);
        }

        bool plain = (!field.Traits.HasFlag(FieldTraits.Unusual) || value.IndexOfAnyInRange((byte)0x80, (byte)0xFF) < 0)
            && (!field.Traits.HasFlag(FieldTraits.WordStart) || value.IndexOf("=?"u8) < 0) && value.IndexOf("--"u8) < 0;
        if (!plain && Flaw(field.Value) is { } flaw)
        {
            inspection.Report(RuleCode.FromIdnConfusable, RuleAction.Tag, field.Offset, field.Length, flaw, field.Line, string.Empty);
        }
    }

    /// <summary>A group without members, in which nobody is the author.</summary>
    public static bool IsEmptyGroup(ReadOnlySpan<byte> value) => value.Contains((byte)':') && Group(value, out bool empty) && empty;

    /// <summary>A colon outside of quotes, comments, angle brackets and domain literals makes a group.</summary>
    private static bool Group(ReadOnlySpan<byte> value, out bool empty)
    {
        bool group = false;
        empty = true;
        int comments = 0;
        for (int i = 0; i < value.Length; i++)
        {
            byte octet = value[i];
            if (octet == (byte)'\\')
            {
                i++;
            }
            else if (octet == (byte)'(')
            {
                comments++;
            }
            else if (octet == (byte)')' && comments > 0)
            {
                comments--;
            }
            else if (comments == 0 && !group && octet is (byte)'"' or (byte)'<' or (byte)'[')
            {
                int close = value[(i + 1)..].IndexOf(octet switch { (byte)'<' => (byte)'>', (byte)'[' => (byte)']', _ => octet });
                i = close < 0 ? value.Length : i + 1 + close;
            }
            else if (comments == 0 && octet == (byte)':')
            {
                group = true;
            }
            else if (comments == 0 && group && octet == (byte)';')
            {
                return true;
            }
            else if (comments == 0 && group && octet is not ((byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n'))
            {
                empty = false;
            }
        }

        // Without its semicolon it is no group but an error that missing-or-invalid-from names.
        return false;
    }

    private string? Flaw(byte[] value)
    {
        string text = Rfc2047.DecodeText(HardenedOptions.Parser, value, 0, Math.Min(value.Length, MaxDecoded));
        if (ScriptReading.HasMixedWord(text))
        {
            return "a word mixes letters of several scripts";
        }

        int at = text.LastIndexOf('@');
        ReadOnlySpan<char> domain = at < 0 ? default : text.AsSpan(at + 1);
        int end = domain.IndexOfAny(DomainEnds);
        domain = end < 0 ? domain : domain[..end];
        foreach (Range range in domain.Split('.'))
        {
            string label = Display(domain[range]);
            if (ScriptReading.HasMixedWord(label))
            {
                return "a label of the domain mixes letters of several scripts";
            }

            if (ScriptReading.IsLookalike(label))
            {
                return "a label of the domain consists of Cyrillic letters that look Latin";
            }
        }

        return null;
    }

    /// <summary>A label as it is displayed.</summary>
    private string Display(ReadOnlySpan<char> label)
    {
        string text = label.ToString();
        if (!label.StartsWith("xn--", StringComparison.OrdinalIgnoreCase) || label.Length > 63)
        {
            return text;
        }

        try
        {
            return _idn.GetUnicode(text);
        }
        catch (ArgumentException)
        {
            // No punycode: it is displayed as it stands.
            return text;
        }
    }
}
