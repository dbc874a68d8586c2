using Gateway.Mime.Fields;

namespace Gateway.Mime.Rules.Header;

/// <summary>Encoded words: how many in all, and which of them break RFC 2047.</summary>
/// <remarks>Cost: nothing for a header in which none begins.</remarks>
internal sealed class EncodedWords : RuleFamily
{
    private int _words;
    private long _last;

    public override RuleMoments Moments => RuleMoments.Begin | RuleMoments.Block | RuleMoments.End;

    public override void Begin(Inspection inspection) => _words = 0;

    public override void Block(Inspection inspection, HeaderBlock block)
    {
        ReadOnlySpan<HeaderField> fields = block.Fields;
        foreach (int i in block.With(FieldTraits.WordStart))
        {
            if (fields[i].Valid)
            {
                Field(inspection, fields[i], fields[i].Value);
            }
        }
    }

    public override void End(Inspection inspection)
    {
        if (_words > 0)
        {
            inspection.Measure(RuleCode.EncodedWordMalformed, _words, hard: false, _last, 0, line: 0, string.Empty);
        }
    }

    private void Field(Inspection inspection, in HeaderField field, ReadOnlySpan<byte> value)
    {
        Span<byte> buffer = stackalloc byte[128];
        bool reported = false;
        int from = 0;
        while (EncodedWord.TryFind(value, from, Strictness.Grammar, out EncodedWord word))
        {
            from = word.End;
            _words++;
            _last = field.ValueOffset + word.Start;
            if (!reported && Flaw(value, word, buffer) is { } flaw)
            {
                reported = true;
                inspection.Report(RuleCode.EncodedWordMalformed, RuleAction.Allow, field.ValueOffset + word.Start, word.Length, flaw);
            }
        }
    }

    private static string? Flaw(ReadOnlySpan<byte> value, in EncodedWord word, Span<byte> buffer)
    {
        if (word.Encoding is not ('B' or 'Q'))
        {
            return "an encoding other than B and Q";
        }

        if (word.Length > EncodedWord.LongestAllowed)
        {
            return $"an encoded word of {word.Length} characters";
        }

        ReadOnlySpan<byte> decoded = buffer[..word.Decode(value, buffer, out bool clean)];
        if (!clean)
        {
            return word.Encoding == 'B' ? "base64 that does not decode in an encoded word" : "characters that need encoding in an encoded word";
        }

        // Only of UTF-8 it is known without tables where a character ends.
        ReadOnlySpan<byte> charset = value.Slice(word.Start + 2, word.CharsetLength);
        bool split = System.Text.Ascii.EqualsIgnoreCase(charset, "utf-8"u8) && !System.Text.Unicode.Utf8.IsValid(decoded);
        return split ? "an encoded word that ends within a character, or is not in its charset" : null;
    }
}
