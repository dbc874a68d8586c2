using System.Buffers.Text;
using Gateway.Mime.Fields;
using Gateway.Mime.Structure;
using MimeKit;

namespace Gateway.Mime.Rules.Body;

/// <summary>Sizes that a part claims for itself and that cannot be.</summary>
internal sealed class SizeClaims : RuleFamily
{
    // RFC 2183 calls the size approximate: what a factor of sixteen and a few kilobytes cannot explain is no approximation.
    private const long Factor = 16;
    private const long Slack = 64 * 1024;

    private long _claimed;
    private long _claimedAt;
    private int _claimedLength;

    public override RuleMoments Moments => RuleMoments.PartBegin | RuleMoments.PartEnd;

    public override void PartBegin(Inspection inspection, PartNode part)
    {
        _claimed = -1;
        HeaderBlock block = inspection.Header;
        if (block.Find(HeaderId.ContentLength) is var length and >= 0)
        {
            HeaderField field = block.Fields[length];
            if (Number(field.Value.AsSpan().Trim(" \t\r\n"u8)) is null)
            {
                inspection.Report(RuleCode.AttachmentSizeMismatch, RuleAction.Tag, field.Offset, field.Length, "a Content-Length that is no number", field.Line);
            }
        }

        if (block.Disposition is not { } disposition || block.DispositionField is not { } header || disposition.Find("size"u8) is not (var at and >= 0))
        {
            return;
        }

        ref readonly MimeParameter parameter = ref disposition.Parameters[at];
        (_claimedAt, _claimedLength) = (header.ValueOffset + parameter.ValueStart, parameter.ValueLength);
        Span<byte> buffer = stackalloc byte[32];
        if (Number(buffer[..disposition.Unquote(parameter, buffer)]) is not { } size)
        {
            inspection.Report(RuleCode.AttachmentSizeMismatch, RuleAction.Tag, _claimedAt, _claimedLength, "a size that is no number");
        }
        else if (part.Kind == PartKind.Leaf)
        {
            _claimed = size;
        }
    }

    public override void PartEnd(Inspection inspection, PartNode part, long end)
    {
        if (_claimed < 0 || part.Kind != PartKind.Leaf)
        {
            return;
        }

        long encoded = Math.Max(0, end - part.BodyBegin);
        long actual = part.Encoding == BodyEncoding.Base64 ? encoded / 4 * 3 : encoded;
        if (_claimed > (actual * Factor) + Slack || actual > (_claimed * Factor) + Slack)
        {
            inspection.Report(RuleCode.AttachmentSizeMismatch, RuleAction.Tag, _claimedAt, _claimedLength, $"claims {_claimed} octets and has about {actual}");
        }

        _claimed = -1;
    }

    /// <summary>A count that fits 31 bits, as readers keep it; null for anything else.</summary>
    private static long? Number(ReadOnlySpan<byte> text) =>
        text.Length is > 0 and < 19 && text.IndexOfAnyExceptInRange((byte)'0', (byte)'9') < 0
            && Utf8Parser.TryParse(text, out long value, out int consumed) && consumed == text.Length && value <= int.MaxValue ? value : null;
}
