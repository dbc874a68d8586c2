using Gateway.Mime.Fields;
using Gateway.Mime.Structure;
using MimeKit;

namespace Gateway.Mime.Rules;

/// <summary>Transfer encodings nobody defined, several in one field, and encodings on what must not have one.</summary>
internal sealed class TransferEncodings : RuleFamily
{
    public override RuleMoments Moments => RuleMoments.PartBegin;

    public override void PartBegin(Inspection inspection, PartNode part)
    {
        HeaderBlock block = inspection.Header;
        int at = block.Find(HeaderId.ContentTransferEncoding);
        if (at < 0)
        {
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
            inspection.Report(
                RuleCode.UnknownTransferEncoding,
                RuleAction.Quarantine,
                field.Offset,
                field.Length,
                encoding.Clean ? "unknown encoding" : "text, quotes or an open comment beside the encoding",
                field.Line);
        }
        else if (encoding.Encoding == BodyEncoding.Uuencode)
        {
            // The names without x- were never defined (RFC 2045 6.3), and half of the readers do not know them.
            inspection.Report(
                RuleCode.UnknownTransferEncoding,
                encoding.Private ? RuleAction.Tag : RuleAction.Quarantine,
                field.Offset,
                field.Length,
                "an encoding from before MIME",
                field.Line);
        }

        bool named = encoding.Encoding == BodyEncoding.Base64 && part.Kind == PartKind.Leaf && LeafBodies.IsMessageFile(block);
        if (!named && encoding.Encoding is BodyEncoding.Base64 or BodyEncoding.QuotedPrintable or BodyEncoding.Uuencode && IsComposite(block.ContentType, part))
        {
            inspection.Report(
                RuleCode.EncodedCompositePart, RuleAction.Quarantine, field.Offset, field.Length, $"{encoding.Encoding} on {part.ContentType.MimeType}", field.Line);
        }
    }

    /// <summary>message/global and its kin are exempt (RFC 6532 3.7, RFC 6533).</summary>
    private static bool IsComposite(MimeField? type, PartNode part)
    {
        if (part.Kind == PartKind.Multipart)
        {
            return true;
        }

        return type is not null && (type.IsMultipart || (type.IsType("message"u8)
            && (type.IsSubtype("rfc822"u8) || type.IsSubtype("partial"u8) || type.IsSubtype("news"u8) || type.IsSubtype("rfc2822"u8))));
    }
}
