using System.Buffers;
using Gateway.Mime.Fields;
using Gateway.Mime.Rules.Header;
using MimeKit;

namespace Gateway.Mime.Rules.Address;

/// <summary>Whether the message says in one way only whom it is from.</summary>
internal sealed class FromField : RuleFamily
{
    private const RuleCode Code = RuleCode.MissingOrInvalidFrom;

    private static readonly SearchValues<byte> WordEnds = SearchValues.Create(" \t\r\n\"("u8);

    private readonly AddressScan _scan = new();

    public override RuleMoments Moments => RuleMoments.Block;

    public override void Block(Inspection inspection, HeaderBlock block)
    {
        if (!block.IsTop || block.Fields.Length == 0)
        {
            return;
        }

        int at = block.Find(HeaderId.From);
        if (at < 0)
        {
            if (OriginFields.Fallback(block) >= 0)
            {
                // sender-fallback-spoof names it.
                return;
            }

            inspection.Report(Code, RuleAction.Quarantine, block.Begin, block.End - block.Begin, "no From field", block.BeginLine);
            return;
        }

        HeaderField field = block.Fields[at];
        bool empty = field.Value.AsSpan().Trim(" \t\r\n"u8).IsEmpty;
        if ((empty && OriginFields.Fallback(block) >= 0) || FromDisplay.IsEmptyGroup(field.Value))
        {
            // sender-fallback-spoof names the first, group-syntax-in-from the second.
            return;
        }

        (RuleAction grade, string? flaw) = Judge(inspection, block, field);
        if (flaw is not null)
        {
            // Mailer daemons sign bounces with the address they come from: none. Measured: 9 of 400 real bounces.
            if (inspection.NullSender && field.Value.AsSpan().IndexOf("<>"u8) >= 0 && !field.Value.AsSpan().Contains((byte)'@'))
            {
                grade = RuleAction.Tag;
            }

            inspection.Report(
                Code, grade, field.Offset, field.Length, flaw, field.Line, readings: grade == RuleAction.Quarantine ? AuthorViews.Of(field.Value) : null);
        }
    }

    private (RuleAction Grade, string? Flaw) Judge(Inspection inspection, HeaderBlock block, in HeaderField field)
    {
        byte[] value = field.Value;
        if (PlainMailbox.Is(value))
        {
            return (RuleAction.Allow, null);
        }

        if (HasControl(value))
        {
            return (RuleAction.Quarantine, "control character in From");
        }

        if (value.AsSpan().Trim(" \t\r\n"u8).IsEmpty)
        {
            return (RuleAction.Quarantine, "From is empty");
        }

        _scan.Read(value, mayHoldWords: true);
        if (Torn(_scan.Flaws) is { } torn)
        {
            return (RuleAction.Quarantine, torn);
        }

        if (!InternetAddressList.TryParse(HardenedOptions.Parser, value, out InternetAddressList? list))
        {
            return Unparsable(value);
        }

        MailboxAddress[] mailboxes = [.. list.Mailboxes];
        return mailboxes.Length switch
        {
            0 => (RuleAction.Quarantine, "From names no mailbox"),
            1 when NamesAnotherAddress(mailboxes[0]) => (RuleAction.Tag, "the display name holds another address"),
            > 1 => Several(inspection, block, field, mailboxes),
            _ => (RuleAction.Allow, null),
        };
    }

    /// <summary>Where readers stop at different places and so come to different authors.</summary>
    private static string? Torn(AddressFlaws flaws) =>
        flaws.HasFlag(AddressFlaws.BadGroup) ? "a group in From that does not end"
        : flaws.HasFlag(AddressFlaws.OpenQuote) ? "a quoted string in From that does not end"
        : flaws.HasFlag(AddressFlaws.OpenComment) ? "a comment in From without beginning or end"
        : flaws.HasFlag(AddressFlaws.UnbalancedAngle) ? "an angle bracket in From without its partner"
        : flaws.HasFlag(AddressFlaws.NameSpecials) ? "a bracket or backslash in a name of From without quotes"
        : null;

    /// <summary>RFC 5322 3.6.2: several authors need one Sender, and each of them has to be somebody.</summary>
    private static (RuleAction Grade, string? Flaw) Several(Inspection inspection, HeaderBlock block, in HeaderField field, MailboxAddress[] mailboxes)
    {
        if (!Array.TrueForAll(mailboxes, IsComplete))
        {
            return (RuleAction.Quarantine, "several mailboxes in From, and one of them without domain");
        }

        if (!IsOneMailbox(block))
        {
            return (RuleAction.Quarantine, "several mailboxes in From and no Sender that is one mailbox");
        }

        if (Array.Exists(mailboxes, mailbox => !mailbox.Domain.Equals(mailboxes[0].Domain, StringComparison.OrdinalIgnoreCase)))
        {
            inspection.Report(RuleCode.FromSeveralAuthors, RuleAction.Tag, field.Offset, field.Length, $"{mailboxes.Length} authors of different domains", field.Line, string.Empty);
        }

        return (RuleAction.Allow, null);
    }

    private static bool IsOneMailbox(HeaderBlock block)
    {
        int at = block.Find(HeaderId.Sender);
        return at >= 0 && (PlainMailbox.Is(block.Fields[at].Value)
            || (InternetAddressList.TryParse(HardenedOptions.Parser, block.Fields[at].Value, out InternetAddressList? list)
                && list.Count == 1 && list[0] is MailboxAddress only && IsComplete(only)));
    }

    private static bool IsComplete(MailboxAddress mailbox) => mailbox.LocalPart.Length > 0 && mailbox.Domain.Length > 0;

    /// <summary>Outside the grammar; but when there is only one thing it can mean, every reader finds that one.</summary>
    private static (RuleAction Grade, string Flaw) Unparsable(byte[] value)
    {
        ReadOnlySpan<byte> text = value;
        bool parsed = InternetAddressList.TryParse(HardenedOptions.Lenient, value, out InternetAddressList? list);
        int ats = text.Count((byte)'@');
        int angles = text.Count((byte)'<');
        if (parsed && list!.Count == 1 && list[0] is MailboxAddress mailbox)
        {
            if (ats == 0 && angles <= 1)
            {
                return IsOneWord(text) ? (RuleAction.Tag, "From is a local part without domain") : (RuleAction.Quarantine, "From is a display name alone");
            }

            if (ats == 1 && (angles == 1 || !text.Contains((byte)'"')) && mailbox.Address.Contains('@', StringComparison.Ordinal))
            {
                return (RuleAction.Tag, "From is outside the grammar but has one address only");
            }
        }

        return NamesItself(text) ? (RuleAction.Tag, "the address as its own display name, without quotes") : (RuleAction.Quarantine, "From cannot be read as a mailbox");
    }

    /// <summary>One word, with or without a comment behind it: the machines on the inside.</summary>
    private static bool IsOneWord(ReadOnlySpan<byte> value)
    {
        ReadOnlySpan<byte> text = value.Trim(" \t\r\n"u8);
        int comment = text.IndexOf((byte)'(');
        text = comment > 0 && Comments.Skip(text, comment).End == text.Length ? text[..comment].TrimEnd(" \t\r\n"u8) : text;
        return !text.IsEmpty && text.IndexOfAny(WordEnds) < 0;
    }

    /// <summary><c>a@b &lt;a@b&gt;</c>, without regard to case: scripts write it, and nine of nine readers read one address.</summary>
    private static bool NamesItself(ReadOnlySpan<byte> value)
    {
        ReadOnlySpan<byte> text = value.Trim(" \t\r\n"u8);
        int angle = text.IndexOf((byte)'<');
        if (angle <= 0 || text[^1] != (byte)'>')
        {
            return false;
        }

        ReadOnlySpan<byte> name = text[..angle].Trim(" \t\r\n"u8);
        return PlainMailbox.Is(name) && !name.Contains((byte)'(') && System.Text.Ascii.EqualsIgnoreCase(name, text[(angle + 1)..^1]);
    }

    private static bool HasControl(ReadOnlySpan<byte> value)
    {
        foreach (byte octet in value)
        {
            if (octet is < 0x20 and not ((byte)'\t' or (byte)'\r' or (byte)'\n') or 0x7F)
            {
                return true;
            }
        }

        return false;
    }

    private static bool NamesAnotherAddress(MailboxAddress mailbox)
    {
        string name = mailbox.Name ?? string.Empty;
        int at = name.IndexOf('@', StringComparison.Ordinal);
        if (at <= 0 || at == name.Length - 1 || !char.IsLetterOrDigit(name[at - 1]) || !char.IsLetterOrDigit(name[at + 1]))
        {
            return false;
        }

        return name.IndexOf('.', at) > 0 && !name.Contains(mailbox.Address, StringComparison.OrdinalIgnoreCase);
    }
}
