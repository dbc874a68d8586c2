using Gateway.Mime.Fields;
using Gateway.Mime.Rules.Body;
using Gateway.Mime.Structure;
using MimeKit;

namespace Gateway.Mime.Rules.Structure;

/// <summary>Transfer encodings nobody defined, several in one field, and encodings on what must not have one.</summary>
/// <remarks>Cost: nothing for a part without the field; octets outside of parts are looked at only within a multipart that declares an encoding.</remarks>
internal sealed class TransferEncodings : RuleFamily
{
    private readonly List<EncodedMultipart> _open = [];

    public override RuleMoments Moments => RuleMoments.Begin | RuleMoments.PartBegin | RuleMoments.Outside | RuleMoments.PartEnd;

    public override void Begin(Inspection inspection) => _open.Clear();

    public override void PartBegin(Inspection inspection, PartNode part)
    {
        HeaderBlock block = inspection.Header;
        int at = block.Find(HeaderId.ContentTransferEncoding);
        if (at < 0)
        {
            Undeclared(part);
            return;
        }

        HeaderField field = block.Fields[at];
        TransferEncoding encoding = block.TransferEncoding;
        if (encoding.Tokens > 1)
        {
            inspection.Report(
                RuleCode.DuplicateContentTransferEncoding, RuleAction.Quarantine, field.Offset, field.Length, "several encodings in one field", field.Line);
        }
        else if (encoding.Encoding == BodyEncoding.Unknown || !encoding.Clean)
        {
            // Of a text every reader shows the octets then.
            bool text = encoding is { Clean: true, MeansNone: true } && part.Kind == PartKind.Leaf && part.ContentType.IsMimeType("text", "*") && block.Disposition is null;
            inspection.Report(
                RuleCode.UnknownTransferEncoding,
                text ? RuleAction.Tag : RuleAction.Quarantine,
                field.Offset,
                field.Length,
                encoding.Clean ? "unknown encoding" : "text, quotes or an open comment beside the encoding",
                field.Line);
        }
        else if (encoding.Encoding == BodyEncoding.Uuencode)
        {
            // Five to seven of thirteen readers decode it, the others show the text.
            inspection.Report(
                RuleCode.UnknownTransferEncoding, RuleAction.Quarantine, field.Offset, field.Length, "an encoding from before MIME", field.Line);
        }

        if (encoding.Encoding is BodyEncoding.Base64 or BodyEncoding.QuotedPrintable or BodyEncoding.Uuencode)
        {
            Composite(inspection, part, block, field, encoding.Encoding);
        }
    }

    public override void Outside(Inspection inspection, PartNode multipart, ReadOnlySpan<byte> octets, long offset)
    {
        if (_open.Count > 0 && _open[^1] is { HasText: false } last && last.Depth == inspection.Open.Length)
        {
            _open[^1] = last with { HasText = octets.IndexOfAnyExcept(" \t\r\n"u8) >= 0 };
        }
    }

    public override void PartEnd(Inspection inspection, PartNode part, long end)
    {
        if (_open.Count == 0 || _open[^1].Depth != inspection.Open.Length)
        {
            return;
        }

        EncodedMultipart ended = _open[^1];
        _open.RemoveAt(_open.Count - 1);

        // Where the delimiters stand in clear nothing is encoded, and every reader finds the parts: old mailing scripts and disclaimer gateways write it so.
        // A part without an encoding of its own gets that of the multipart from two readers in thirteen.
        bool clear = part is { SawDelimiter: true, SawClose: true } && !ended.HasText && !ended.HasUndeclared;
        inspection.Report(
            RuleCode.EncodedCompositePart, clear ? RuleAction.Tag : RuleAction.Quarantine, ended.Offset, ended.Length,
            $"{ended.Encoding} on {part.ContentType.MimeType}{(clear ? ", whose parts stand in clear" : string.Empty)}", ended.Line);
    }

    private void Undeclared(PartNode part)
    {
        for (int i = 0; i < _open.Count && part.Kind == PartKind.Leaf; i++)
        {
            _open[i] = _open[i] with { HasUndeclared = true };
        }
    }

    private void Composite(Inspection inspection, PartNode part, HeaderBlock block, in HeaderField field, BodyEncoding encoding)
    {
        if (part.Kind == PartKind.Multipart)
        {
            _open.Add(new EncodedMultipart(inspection.Open.Length, encoding, field.Offset, field.Length, field.Line));
        }
        else if (IsComposite(block.ContentType) && !(encoding == BodyEncoding.Base64 && part.Kind == PartKind.Leaf && LeafBodies.IsMessageFile(block)))
        {
            inspection.Report(RuleCode.EncodedCompositePart, RuleAction.Quarantine, field.Offset, field.Length, $"{encoding} on {part.ContentType.MimeType}", field.Line);
        }
    }

    /// <summary>message/global and its kin are exempt (RFC 6532 3.7, RFC 6533).</summary>
    private static bool IsComposite(MimeField? type) =>
        type is not null && (type.IsMultipart || (type.IsType("message"u8)
            && (type.IsSubtype("rfc822"u8) || type.IsSubtype("partial"u8) || type.IsSubtype("news"u8) || type.IsSubtype("rfc2822"u8))));

    /// <summary>An open multipart whose header declares an encoding.</summary>
    private readonly record struct EncodedMultipart(int Depth, BodyEncoding Encoding, long Offset, int Length, int Line)
    {
        /// <summary>There is more than parts between the delimiters.</summary>
        public bool HasText { get; init; }

        /// <summary>A leaf within it declares no encoding.</summary>
        public bool HasUndeclared { get; init; }
    }
}
