using System.Text;
using Gateway.Mime.Fields;
using Gateway.Mime.Structure;
using MimeKit;

namespace Gateway.Mime.Rules.Structure;

/// <summary>Content fields that stand where most readers see none: in a continuation line, and behind the empty line of their header.</summary>
/// <remarks>Cost: one search for LF in each field that may name a Content field; of a body the first octet, and its first two kilobytes when it may begin with a field.</remarks>
internal sealed class HiddenFields : RuleFamily
{
    private const int LongestHead = 2048;

    private bool _pending;
    private bool _candidate;
    private bool _isEmpty;
    private bool _isTop;

    public override RuleMoments Moments => RuleMoments.Block | RuleMoments.PartBegin | RuleMoments.Content | RuleMoments.PartEnd;

    public override void Block(Inspection inspection, HeaderBlock block)
    {
        foreach (int i in block.With(FieldTraits.ContentName))
        {
            ref readonly HeaderField field = ref block.Fields[i];
            int feed = field.Value.AsSpan().IndexOf((byte)'\n');
            if (feed >= 0 && feed + 2 < field.Value.Length && field.Valid)
            {
                Continuations(inspection, block, field, feed + 1);
            }
        }
    }

    public override void PartBegin(Inspection inspection, PartNode part)
    {
        HeaderBlock block = inspection.Header;
        (_pending, _candidate) = (part.Kind == PartKind.Leaf, false);
        (_isEmpty, _isTop) = (block.Fields.IsEmpty, block.IsTop);
    }

    public override void Content(Inspection inspection, PartNode leaf, ReadOnlySpan<byte> octets, long offset)
    {
        if (!_pending)
        {
            return;
        }

        int start = octets.IndexOfAnyExcept((byte)'\r', (byte)'\n');
        if (start >= 0)
        {
            _pending = false;
            byte first = (byte)(octets[start] | 0x20);
            _candidate = _isEmpty && !_isTop ? first is >= (byte)'a' and <= (byte)'z' : first == (byte)'c';
        }
    }

    public override void PartEnd(Inspection inspection, PartNode part, long end)
    {
        _pending = false;
        if (!_candidate || part.Kind != PartKind.Leaf)
        {
            return;
        }

        _candidate = false;
        Span<byte> buffer = stackalloc byte[LongestHead];
        ReadOnlySpan<byte> body = buffer[..inspection.Content.Read(part.BodyBegin, buffer[..(int)Math.Min(LongestHead, end - part.BodyBegin)])];
        int blank = body.IndexOfAnyExcept((byte)'\r', (byte)'\n');
        body = body[Math.Max(0, blank)..];
        (bool first, bool any, bool complete) = Fields(body);
        if (_isEmpty && !_isTop ? !any : !first)
        {
            return;
        }

        // Two of thirteen readers step over the empty line of a header without fields. Bounces return what others wrote.
        bool held = _isEmpty && !_isTop && complete && !inspection.NullSender;
        inspection.Report(
            RuleCode.HiddenMimeContent, held ? RuleAction.Quarantine : RuleAction.Tag, part.BodyBegin + Math.Max(0, blank), Math.Min(body.Length, 80),
            _isEmpty && !_isTop ? "a part without header whose body begins with fields" : "a body that begins with a Content field");
    }

    /// <summary>Reads the fields at the start of a body: whether the first is a Content field, whether any is, and whether an empty line or the end of what is read ends them.</summary>
    private static (bool First, bool Any, bool Complete) Fields(ReadOnlySpan<byte> body)
    {
        bool first = false;
        bool any = false;
        for (int count = 0; !body.IsEmpty; count++)
        {
            int feed = body.IndexOf((byte)'\n');
            ReadOnlySpan<byte> line = (feed < 0 ? body : body[..feed]).TrimEnd((byte)'\r');
            body = feed < 0 ? default : body[(feed + 1)..];
            if (line.IsEmpty)
            {
                return (first, any, true);
            }

            bool continuation = count > 0 && line[0] is (byte)' ' or (byte)'\t';
            if (!continuation && !IsField(line))
            {
                return (first, any, false);
            }

            any |= !continuation && IsContentField(line);
            first |= count == 0 && any;
        }

        return (first, any, true);
    }

    private static void Continuations(Inspection inspection, HeaderBlock block, in HeaderField field, int start)
    {
        ReadOnlySpan<byte> value = field.Value;
        while (start < value.Length)
        {
            ReadOnlySpan<byte> line = value[start..].TrimStart(" \t"u8);
            if (!line.IsEmpty && (line[0] | 0x20) == 'c' && IsContentField(line) && !ListsNames(field))
            {
                // A reader that ends the header at the odd name, or that looks for fields line by line, finds other parts.
                bool held = field.Name.AsSpan().IndexOfAnyExceptInRange((byte)0x21, (byte)0x7E) >= 0 || field.Id is HeaderId.ContentType or HeaderId.ContentTransferEncoding or HeaderId.ContentDisposition;
                bool returned = inspection.NullSender && block.IsMessage && !block.IsTop;
                inspection.Report(
                    RuleCode.HiddenMimeContent, held && !returned ? RuleAction.Quarantine : RuleAction.Tag, field.ValueOffset + (value.Length - line.Length), "Content-".Length,
                    "a Content field in a continuation line");
                return;
            }

            int feed = value[start..].IndexOf((byte)'\n');
            start = feed < 0 ? value.Length : start + feed + 1;
        }
    }

    /// <summary>Signatures list the names of the fields they cover.</summary>
    private static bool ListsNames(in HeaderField field) =>
        field.Traits.HasFlag(FieldTraits.Vouching)
        || (field.Id == HeaderId.Unknown && field.Name.AsSpan().TrimEnd(" \t"u8) is var name && name.Length > 9 && Ascii.EqualsIgnoreCase(name[^9..], "signature"u8));

    private static bool IsField(ReadOnlySpan<byte> line)
    {
        int colon = line.IndexOf((byte)':');
        return colon > 0 && line[..colon].TrimEnd(" \t"u8).IndexOfAnyExceptInRange((byte)0x21, (byte)0x7E) < 0;
    }

    private static bool IsContentField(ReadOnlySpan<byte> line) => line.Length > 9 && Ascii.EqualsIgnoreCase(line[..8], "Content-"u8) && IsField(line);
}
