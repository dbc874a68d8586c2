using System.Buffers;
using System.Buffers.Text;
using System.Text;
using Gateway.Mime.Fields;
using Gateway.Mime.Rules.Header.Reading;
using MimeKit;

namespace Gateway.Mime.Rules.Header;

/// <summary>Fields that vouch for a message: too many, too large, in our name, or for a part of the body only.</summary>
internal sealed class SignatureFields : RuleFamily
{
    private const int MaxArcSets = 50;
    private const int MaxTag = 32 * 1024;

    private static readonly SearchValues<byte> AuthorEnds = SearchValues.Create(" \t\r\n;(/"u8);

    private readonly CanonicalBody _body = new();

    // The shortest l= of each canonicalization, simple and relaxed; an offset of -1 for none.
    private readonly (long Length, long Offset, int Octets, int Line)[] _shortest = new (long, long, int, int)[2];
    private long _bodyBegin;

    public override RuleMoments Moments => RuleMoments.Begin | RuleMoments.Block | RuleMoments.End;

    public override void Begin(Inspection inspection) => _shortest.AsSpan().Fill((long.MaxValue, -1, 0, 0));

    public override void Block(Inspection inspection, HeaderBlock block)
    {
        int signatures = 0;
        int seals = 0;
        ReadOnlySpan<HeaderField> fields = block.Fields;
        foreach (int i in block.With(FieldTraits.Vouching))
        {
            ref readonly HeaderField field = ref fields[i];
            switch (field.Id)
            {
                case HeaderId.DkimSignature:
                    signatures++;
                    Signature(inspection, field);
                    if (block.IsTop)
                    {
                        Coverage(field);
                    }

                    break;
                case HeaderId.ArcSeal:
                    if (++seals == MaxArcSets + 1)
                    {
                        inspection.Report(RuleCode.DkimHeaderBomb, RuleAction.Tag, field.Offset, field.Length, "more than 50 ARC sets", field.Line);
                    }

                    Signature(inspection, field);
                    break;
                case HeaderId.ArcMessageSignature:
                    Signature(inspection, field);
                    break;
                case HeaderId.AuthenticationResults when block.IsTop && IsOurs(field.Value, inspection.HostName):
                    inspection.Report(
                        RuleCode.AuthenticationResultsInjection, RuleAction.Tag, field.Offset, field.Length, "results in the name of this host", field.Line, string.Empty);
                    break;
            }
        }

        _bodyBegin = block.IsTop ? block.End : _bodyBegin;
        if (signatures > 0)
        {
            inspection.Measure(RuleCode.DkimHeaderBomb, signatures, hard: false, block.Begin, block.End - block.Begin, block.BeginLine);
        }
    }

    public override void End(Inspection inspection)
    {
        for (int i = 0; i < _shortest.Length; i++)
        {
            (long length, long offset, int octets, int line) = _shortest[i];
            if (offset >= 0 && _body.IsLongerThan(length, inspection.Content, _bodyBegin, relaxed: i == 1))
            {
                inspection.Report(RuleCode.DkimBodyLengthTag, RuleAction.Tag, offset, octets, $"l={length} is shorter than the body", line, string.Empty);
            }
        }
    }

    private static void Signature(Inspection inspection, in HeaderField field)
    {
        ReadOnlySpan<byte> value = field.Value;
        if (value.Contains((byte)0) && (HoldsNul(value, (byte)'s') || HoldsNul(value, (byte)'d')))
        {
            inspection.Report(RuleCode.DkimHeaderBomb, RuleAction.Quarantine, field.Offset, field.Length, "NUL in the selector or the domain", field.Line);
        }
        else if (value.Length > MaxTag && TagList.Longest(value) > MaxTag)
        {
            inspection.Report(RuleCode.DkimHeaderBomb, RuleAction.Tag, field.Offset, field.Length, "a tag of more than 32 KiB", field.Line);
        }
    }

    private static bool HoldsNul(ReadOnlySpan<byte> value, byte tag) => TagList.TryFind(value, tag, out Range found) && value[found].Contains((byte)0);

    private void Coverage(in HeaderField field)
    {
        ReadOnlySpan<byte> value = field.Value;
        if (!TagList.TryFind(value, (byte)'l', out Range l)
            || !Utf8Parser.TryParse(value[l], out ulong length, out int digits) || digits != value[l].Length || length > long.MaxValue)
        {
            return;
        }

        // c=header/body; without a slash, and without the tag, the body is simple.
        bool relaxed = TagList.TryFind(value, (byte)'c', out Range c) && value[c].EndsWith("/relaxed"u8);
        ref (long Length, long Offset, int Octets, int Line) shortest = ref _shortest[relaxed ? 1 : 0];
        if ((long)length < shortest.Length)
        {
            shortest = ((long)length, field.Offset, field.Length, field.Line);
        }
    }

    /// <summary>The author of the results is the first word: a token or a quoted string, behind white space and comments.</summary>
    private static bool IsOurs(ReadOnlySpan<byte> value, string hostName)
    {
        if (hostName.Length == 0)
        {
            return false;
        }

        ReadOnlySpan<byte> text = value.TrimStart(" \t\r\n"u8);
        while (text.StartsWith("("u8))
        {
            int close = text.IndexOf((byte)')');
            text = close < 0 ? default : text[(close + 1)..].TrimStart(" \t\r\n"u8);
        }

        int end = text.StartsWith("\""u8) ? text[1..].IndexOf((byte)'"') + 1 : text.IndexOfAny(AuthorEnds);
        ReadOnlySpan<byte> author = (end < 0 ? text : text[..end]).TrimStart((byte)'"');
        return Ascii.EqualsIgnoreCase(author, hostName);
    }
}
