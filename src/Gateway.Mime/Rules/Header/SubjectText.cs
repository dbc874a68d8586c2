using Gateway.Mime.Fields;
using MimeKit;

namespace Gateway.Mime.Rules.Header;

/// <summary>Line ends and NUL hidden in encoded words of the subject.</summary>
internal sealed class SubjectText : RuleFamily
{
    public override RuleMoments Moments => RuleMoments.Block;

    public override void Block(Inspection inspection, HeaderBlock block)
    {
        int subject = block.IsTop ? block.Find(HeaderId.Subject) : -1;
        if (subject < 0 || !block.Fields[subject].Traits.HasFlag(FieldTraits.WordStart))
        {
            return;
        }

        ReadOnlySpan<byte> value = block.Fields[subject].Value;
        for (int at = 0; EncodedWord.TryFind(value, at, Strictness.Clients, out EncodedWord word); at = word.End)
        {
            if (word.DecodesToControl(value))
            {
                inspection.Report(
                    RuleCode.SubjectControl,
                    RuleAction.Quarantine,
                    block.Fields[subject].ValueOffset + word.Start,
                    word.Length,
                    "an encoded word decodes to a line end or NUL",
                    line: 0,
                    string.Empty);
                return;
            }
        }
    }
}
