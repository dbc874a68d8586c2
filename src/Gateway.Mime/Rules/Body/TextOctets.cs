using System.Buffers;
using System.Text;
using System.Text.Unicode;
using Gateway.Mime.Fields;
using Gateway.Mime.Structure;
using MimeKit;

namespace Gateway.Mime.Rules.Body;

/// <summary>Octets above 127 in bodies that are not declared to have any, and text that is not in the UTF-8 it claims.</summary>
/// <remarks>Cost: nothing for a message of US-ASCII; else a vectorised search, and a vectorised check of text in UTF-8.</remarks>
internal sealed class TextOctets : RuleFamily
{
    private readonly byte[] _carry = new byte[4];
    private int _carried;
    private bool _undeclared;
    private bool _utf8;
    private string _why = string.Empty;

    public override RuleMoments Moments => RuleMoments.PartBegin | RuleMoments.Content | RuleMoments.PartEnd;

    public override void PartBegin(Inspection inspection, PartNode part)
    {
        (_undeclared, _utf8, _carried) = (false, false, 0);
        if (inspection.Wire.FirstEightBit < 0 || part.Kind != PartKind.Leaf || part.Encoding is not (BodyEncoding.Identity or BodyEncoding.QuotedPrintable))
        {
            return;
        }

        HeaderBlock block = inspection.Header;
        bool text = block.ContentType is not { } type || type.IsType("text"u8) || type.Type.IsEmpty;
        Span<byte> buffer = stackalloc byte[64];
        ReadOnlySpan<byte> charset = Charset(block, buffer);
        bool declared = Declares8Bit(block);
        bool ascii = text && (charset.IsEmpty || Ascii.EqualsIgnoreCase(charset, "us-ascii"u8) || Ascii.EqualsIgnoreCase(charset, "ascii"u8));
        _undeclared = part.Encoding == BodyEncoding.Identity && (!declared || ascii);
        _why = declared ? "8-bit characters in text that is declared US-ASCII" : "8-bit characters in a body declared as 7bit";
        _utf8 = text && (Ascii.EqualsIgnoreCase(charset, "utf-8"u8) || Ascii.EqualsIgnoreCase(charset, "utf8"u8));
    }

    public override void Content(Inspection inspection, PartNode leaf, ReadOnlySpan<byte> octets, long offset)
    {
        if (_undeclared && octets.IndexOfAnyInRange((byte)0x80, (byte)0xFF) is var high and >= 0)
        {
            _undeclared = false;
            inspection.Report(RuleCode.EightBitBodyUndeclared, RuleAction.Allow, offset + high, 1, _why);
        }

        if (_utf8)
        {
            Check(inspection, octets, offset);
        }
    }

    public override void PartEnd(Inspection inspection, PartNode part, long end)
    {
        if (_utf8 && _carried > 0 && part.Kind == PartKind.Leaf)
        {
            Invalid(inspection, end - _carried);
        }

        (_undeclared, _utf8) = (false, false);
    }

    private void Check(Inspection inspection, ReadOnlySpan<byte> octets, long offset)
    {
        while (_carried > 0 && !octets.IsEmpty)
        {
            // A character that began in the octets before.
            _carry[_carried++] = octets[0];
            octets = octets[1..];
            offset++;
            OperationStatus status = Rune.DecodeFromUtf8(_carry.AsSpan(0, _carried), out _, out _);
            if (status == OperationStatus.Done)
            {
                _carried = 0;
            }
            else if (status == OperationStatus.InvalidData || _carried == 4)
            {
                Invalid(inspection, offset - _carried);
                return;
            }
        }

        int tail = Unfinished(octets);
        if (!Utf8.IsValid(octets[..^tail]))
        {
            Invalid(inspection, offset + FirstInvalid(octets[..^tail]));
            return;
        }

        octets[^tail..].CopyTo(_carry.AsSpan(_carried));
        _carried += tail;
    }

    private void Invalid(Inspection inspection, long offset)
    {
        _utf8 = false;
        _carried = 0;
        inspection.Report(RuleCode.Utf8InvalidBody, RuleAction.Allow, offset, 1, "not UTF-8, as the charset claims");
    }

    /// <summary>Octets at the end that may be the start of a character.</summary>
    private static int Unfinished(ReadOnlySpan<byte> octets)
    {
        for (int length = 1; length <= Math.Min(3, octets.Length); length++)
        {
            if (octets[^length] >= 0xC0)
            {
                return Rune.DecodeFromUtf8(octets[^length..], out _, out _) == OperationStatus.NeedMoreData ? length : 0;
            }
        }

        return 0;
    }

    private static int FirstInvalid(ReadOnlySpan<byte> octets)
    {
        int at = 0;
        while (at < octets.Length && Rune.DecodeFromUtf8(octets[at..], out _, out int consumed) == OperationStatus.Done)
        {
            at += consumed;
        }

        return at;
    }

    private static ReadOnlySpan<byte> Charset(HeaderBlock block, Span<byte> buffer)
    {
        int at = block.ContentType?.Find("charset"u8) ?? -1;
        return at < 0 ? default : buffer[..block.ContentType!.Unquote(block.ContentType.Parameters[at], buffer)];
    }

    private static bool Declares8Bit(HeaderBlock block)
    {
        int at = block.Find(HeaderId.ContentTransferEncoding);
        if (at < 0)
        {
            return false;
        }

        ReadOnlySpan<byte> value = block.Fields[at].Value.AsSpan().Trim(" \t\r\n"u8);
        return Ascii.EqualsIgnoreCase(value, "8bit"u8) || Ascii.EqualsIgnoreCase(value, "binary"u8);
    }
}
