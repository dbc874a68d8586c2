using Gateway.Mime.Fields;
using MimeKit;

namespace Gateway.Mime.Rules;

/// <summary>Whether the message says in one way only whom it is from.</summary>
internal sealed class FromField : RuleFamily
{
    private const RuleCode Code = RuleCode.MissingOrInvalidFrom;

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

        (RuleAction grade, string? flaw) = Judge(field.Value, hasSender: block.Find(HeaderId.Sender) >= 0);
        if (flaw is not null)
        {
            // Mailer daemons sign bounces with the address they come from: none. Measured: 9 of 400 real bounces.
            if (inspection.NullSender && field.Value.AsSpan().IndexOf("<>"u8) >= 0 && !field.Value.AsSpan().Contains((byte)'@'))
            {
                grade = RuleAction.Tag;
            }

            inspection.Report(Code, grade, field.Offset, field.Length, flaw, field.Line);
        }
    }

    private static (RuleAction Grade, string? Flaw) Judge(byte[] value, bool hasSender)
    {
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

        if (!InternetAddressList.TryParse(HardenedOptions.Parser, value, out InternetAddressList? list))
        {
            return Unparsable(value);
        }

        int mailboxes = 0;
        MailboxAddress? only = null;
        foreach (MailboxAddress mailbox in list.Mailboxes)
        {
            mailboxes++;
            only ??= mailbox;
        }

        return mailboxes switch
        {
            0 => (RuleAction.Quarantine, "From names no mailbox"),
            1 when NamesAnotherAddress(only!) => (RuleAction.Tag, "the display name holds another address"),
            > 1 when !hasSender => (RuleAction.Quarantine, "several mailboxes in From and no Sender"),
            _ => (RuleAction.Allow, null),
        };
    }

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
                return (RuleAction.Tag, "From is a local part without domain");
            }

            if (ats == 1 && angles <= 1 && mailbox.Address.Contains('@', StringComparison.Ordinal))
            {
                return (RuleAction.Tag, "From is outside the grammar but has one address only");
            }
        }

        return (RuleAction.Quarantine, "From cannot be read as a mailbox");
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
