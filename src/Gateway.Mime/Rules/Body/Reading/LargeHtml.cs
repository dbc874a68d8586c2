using Gateway.Mime.Fields;
using Gateway.Mime.Structure;
using MimeKit;

namespace Gateway.Mime.Rules.Body.Reading;

/// <summary>HTML parts and single tags beyond what readers are made for.</summary>
internal sealed class LargeHtml
{
    private const int LongestTag = 1024 * 1024;

    private byte[] _chunk = [];

    /// <summary>Measures a part of HTML; reads it only when it can hold such a tag.</summary>
    public void Look(Inspection inspection, PartNode part, long end)
    {
        long octets = end - part.BodyBegin;
        inspection.Measure(RuleCode.HtmlPartOversize, octets, hard: false, part.BodyBegin, octets);
        if (octets > LongestTag && HasLongTag(inspection.Content, part, end))
        {
            inspection.Report(RuleCode.HtmlPartOversize, RuleAction.Tag, part.BodyBegin, octets, "a tag of more than 1 MiB");
        }
    }

    private bool HasLongTag(MessageBytes content, PartNode part, long end)
    {
        _chunk = _chunk.Length == 0 ? new byte[32 * 1024] : _chunk;
        using MessageBytesStream body = new(content, part.BodyBegin, end - part.BodyBegin);
        using MimeContent encoded = new(body, part.Encoding switch
        {
            BodyEncoding.Base64 => ContentEncoding.Base64,
            BodyEncoding.QuotedPrintable => ContentEncoding.QuotedPrintable,
            _ => ContentEncoding.Binary,
        });
        using Stream decoded = encoded.Open();
        long tag = -1;
        long at = 0;
        while (decoded.Read(_chunk) is > 0 and int read)
        {
            ReadOnlySpan<byte> rest = _chunk.AsSpan(0, read);
            while (!rest.IsEmpty)
            {
                int next = tag < 0 ? rest.IndexOf((byte)'<') : rest.IndexOf((byte)'>');
                long place = at + (next < 0 ? rest.Length : next);
                if (tag >= 0 && place - tag > LongestTag)
                {
                    return true;
                }

                if (next < 0)
                {
                    at += rest.Length;
                    break;
                }

                tag = tag < 0 ? place : -1;
                at = place + 1;
                rest = rest[(next + 1)..];
            }
        }

        return false;
    }
}
