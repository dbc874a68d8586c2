using System.Buffers;
using Gateway.Mime.Fields;
using Gateway.Mime.Structure;

namespace Gateway.Mime.Rules.Body;

/// <summary>Base64 bodies that decoders read differently.</summary>
/// <remarks>Cost: two to three vectorised passes over encoded octets. One finding for each part: the first.</remarks>
internal sealed class Base64Body : RuleFamily
{
    private static readonly SearchValues<byte> Expected =
        SearchValues.Create("\t\n\r +/0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"u8);

    private static readonly SearchValues<byte> Blanks = SearchValues.Create("\t\n\r "u8);

    /// <summary>Behind whole quanta every decoder ignores as much; more is refused or read on by some.</summary>
    private const int MostPadding = 3;

    private bool _active;
    private long _symbols;
    private int _padding;
    private long _paddingAt;

    public override RuleMoments Moments => RuleMoments.PartBegin | RuleMoments.Content | RuleMoments.PartEnd;

    public override void PartBegin(Inspection inspection, PartNode part)
    {
        _active = part is { Kind: PartKind.Leaf, Encoding: BodyEncoding.Base64 };
        _symbols = 0;
        _padding = 0;
    }

    public override void Content(Inspection inspection, PartNode leaf, ReadOnlySpan<byte> octets, long offset)
    {
        while (_active && !octets.IsEmpty)
        {
            int stop = octets.IndexOfAnyExcept(_padding == 0 ? Expected : Blanks);
            ReadOnlySpan<byte> good = stop < 0 ? octets : octets[..stop];
            if (_padding == 0)
            {
                _symbols += good.Length - CountBlanks(good);
            }

            if (stop < 0)
            {
                return;
            }

            offset += stop;
            if (octets[stop] == (byte)'=')
            {
                _paddingAt = _padding++ == 0 ? offset : _paddingAt;
            }
            else
            {
                Stray(inspection, offset, octets[stop]);
            }

            octets = octets[(stop + 1)..];
            offset++;
        }
    }

    public override void PartEnd(Inspection inspection, PartNode part, long end)
    {
        if (!_active || part.Kind != PartKind.Leaf)
        {
            return;
        }

        _active = false;
        int rest = (int)(_symbols % 4);

        // Decoders drop the last octets, keep them, or refuse all; bounces come cut off and are left at a tag.
        RuleAction cut = inspection.NullSender ? RuleAction.Tag : RuleAction.Quarantine;
        if (_padding > 0 && (rest < 2 || rest + _padding != 4))
        {
            Report(inspection, rest != 0 || _padding > MostPadding ? cut : RuleAction.Tag, _paddingAt, _padding, "final padding does not fit the length");
        }
        else if (_padding == 0 && rest != 0)
        {
            long at = Math.Max(part.BodyBegin, end - 1);
            Report(inspection, cut, at, end - at, rest == 1 ? "one symbol too many at the end" : "final padding is missing");
        }
    }

    private static int CountBlanks(ReadOnlySpan<byte> octets)
    {
        int blanks = octets.Count((byte)'\n') + octets.Count((byte)'\r');
        return octets.IndexOfAny((byte)' ', (byte)'\t') < 0 ? blanks : blanks + octets.Count((byte)' ') + octets.Count((byte)'\t');
    }

    private void Stray(Inspection inspection, long offset, byte octet)
    {
        _active = false;
        bool symbol = octet < 0x80 && (char.IsAsciiLetterOrDigit((char)octet) || octet is (byte)'+' or (byte)'/');
        string detail = symbol ? "data behind the padding" : _padding > 0 ? "text behind the padding" : "a character outside the alphabet";
        Report(inspection, RuleAction.Quarantine, offset, 1, detail);
    }

    private static void Report(Inspection inspection, RuleAction grade, long offset, long length, string detail) =>
        inspection.Report(RuleCode.MalformedBase64, grade, offset, length, detail);
}
