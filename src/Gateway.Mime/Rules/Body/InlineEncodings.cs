using System.Text;
using Gateway.Mime.Fields;
using Gateway.Mime.Structure;
using Gateway.Mime.Wire;

namespace Gateway.Mime.Rules.Body;

/// <summary>Files that hide in text: uuencode, yEnc and BinHex from before MIME.</summary>
/// <remarks>Cost: one vectorised search over the octets of text parts; each candidate line is read once, and the first that is one ends the search.</remarks>
internal sealed class InlineEncodings : RuleFamily
{
    private const int LineSample = 160;
    private const int MostCandidates = 64;
    private const string BinHexMark = "(This file must be converted with BinHex";

    private readonly byte[] _seam = new byte[16];
    private bool _active;
    private int _tail;
    private int _candidates;

    public override RuleMoments Moments => RuleMoments.PartBegin | RuleMoments.Content | RuleMoments.PartEnd;

    public override void PartBegin(Inspection inspection, PartNode part)
    {
        HeaderBlock block = inspection.Header;
        _active = part.Kind == PartKind.Leaf && part.Encoding is BodyEncoding.Identity or BodyEncoding.QuotedPrintable
            && (block.ContentType is not { } type || type.IsType("text"u8) || type.Type.IsEmpty);
        _candidates = 0;

        // The start of the body is the start of a line.
        _seam[0] = (byte)'\n';
        _tail = 1;
        if (part.Kind != PartKind.Leaf || block.ContentTypeField is not { } field)
        {
            return;
        }

        if (part.Encoding == BodyEncoding.Uuencode)
        {
            inspection.Report(RuleCode.UuencodeOrBinhexInline, RuleAction.Tag, field.Offset, field.Length, "a part in an encoding from before MIME", field.Line);
        }
        else if (block.ContentType!.IsType("application"u8) && block.ContentType.IsSubtype("mac-binhex40"u8) && part.Encoding == BodyEncoding.Base64)
        {
            inspection.Report(RuleCode.UuencodeOrBinhexInline, RuleAction.Quarantine, field.Offset, field.Length, "BinHex within base64", field.Line);
        }
    }

    public override void Content(Inspection inspection, PartNode leaf, ReadOnlySpan<byte> octets, long offset)
    {
        if (!_active || octets.IsEmpty)
        {
            return;
        }

        // What begins in the octets before and ends in these; of the first ones the line end before the body is all there is.
        int head = Math.Min(octets.Length, _seam.Length - _tail);
        octets[..head].CopyTo(_seam.AsSpan(_tail));
        if (_tail > 1 || octets[0] is (byte)'b' or (byte)'=' or (byte)'(')
        {
            Search(inspection, _seam.AsSpan(0, _tail + head), offset - _tail, offset);
        }

        if (!_active)
        {
            return;
        }

        Search(inspection, octets, offset, long.MaxValue);
        if (octets.Length >= 8)
        {
            _tail = 8;
            octets[^8..].CopyTo(_seam);
        }
        else
        {
            // A body that comes in crumbs: keep the last octets of both.
            int keep = Math.Min(8, _tail + head);
            _seam.AsSpan(_tail + head - keep, keep).CopyTo(_seam);
            _tail = keep;
        }
    }

    public override void PartEnd(Inspection inspection, PartNode part, long end) => _active = false;

    /// <summary>Looks for lines that begin like encoded data; only those that begin before <paramref name="limit"/>.</summary>
    private void Search(Inspection inspection, ReadOnlySpan<byte> octets, long offset, long limit)
    {
        int at = 0;
        while (_active && LineSearch.EncodedData(octets[at..]) is var found and >= 0 && offset + at + found <= limit)
        {
            at += found;
            ReadOnlySpan<byte> line = octets[at..];
            if (line.StartsWith("=ybegin"u8))
            {
                Found(inspection, offset + at, "yEnc data in text");
            }
            else if (line.StartsWith("begin "u8) || line.StartsWith("(This f"u8))
            {
                Candidate(inspection, offset + at);
            }
        }
    }

    private void Candidate(Inspection inspection, long offset)
    {
        if (++_candidates > MostCandidates)
        {
            _active = false;
            return;
        }

        inspection.Spend(1);
        Span<byte> buffer = stackalloc byte[LineSample];
        ReadOnlySpan<byte> text = buffer[..inspection.Content.Read(offset, buffer)];
        if (text.StartsWith("(This"u8))
        {
            if (text.Length >= BinHexMark.Length && Ascii.Equals(text[..BinHexMark.Length], BinHexMark))
            {
                Found(inspection, offset, "BinHex data in text");
            }

            return;
        }

        int feed = text.IndexOf((byte)'\n');
        if (feed > 0 && IsBegin(text[..feed].TrimEnd((byte)'\r')) && IsDataLine(text[(feed + 1)..]))
        {
            Found(inspection, offset, "uuencoded data in text");
        }
    }

    /// <summary><c>begin 644 name</c>.</summary>
    private static bool IsBegin(ReadOnlySpan<byte> line)
    {
        ReadOnlySpan<byte> mode = line[6..];
        int blank = mode.IndexOf((byte)' ');
        return blank is 3 or 4 && mode[..blank].IndexOfAnyExceptInRange((byte)'0', (byte)'7') < 0 && mode.Length > blank + 1;
    }

    /// <summary>A line whose first character tells its length, or the end of an empty file.</summary>
    private static bool IsDataLine(ReadOnlySpan<byte> text)
    {
        int feed = text.IndexOf((byte)'\n');
        ReadOnlySpan<byte> line = (feed < 0 ? text : text[..feed]).TrimEnd((byte)'\r');
        if (line.IsEmpty || line[0] is < 0x20 or > 0x60 || line.IndexOfAnyExceptInRange((byte)0x20, (byte)0x60) >= 0)
        {
            return false;
        }

        // Blanks at the end may be lost on the way; a check character may follow.
        int octets = (line[0] - 0x20) & 0x3F;
        int expected = 1 + ((octets + 2) / 3 * 4);
        return octets > 0 ? line.Length <= expected + 2 && line.Length > expected / 2 : line.Length <= 2;
    }

    private void Found(Inspection inspection, long offset, string detail)
    {
        _active = false;
        inspection.Report(RuleCode.UuencodeOrBinhexInline, RuleAction.Tag, offset, inspection.LineLength(offset), detail);
    }
}
