using System.Buffers;
using Gateway.Mime.Fields;
using MimeKit;

namespace Gateway.Mime.Rules.Header;

/// <summary>Date, Message-ID, Return-Path and MIME-Version of the message, and who it is from when From does not say.</summary>
internal sealed class OriginFields : RuleFamily
{
    private const int LongestDate = 200;
    private const int LongestId = 998;

    private static readonly SearchValues<byte> IdOctets =
        SearchValues.Create("!#$%&'*+-./0123456789=?ABCDEFGHIJKLMNOPQRSTUVWXYZ^_`abcdefghijklmnopqrstuvwxyz{|}~:"u8);

    public override RuleMoments Moments => RuleMoments.Block;

    public override void Block(Inspection inspection, HeaderBlock block)
    {
        if (!block.IsTop || block.Fields.IsEmpty)
        {
            if (block.IsMessage && IsMultipart(block))
            {
                MimeVersion(inspection, block);
            }

            return;
        }

        Date(inspection, block);
        MessageId(inspection, block);
        From(inspection, block);
        MimeVersion(inspection, block);
        if (block.Find(HeaderId.ReturnPath) is var path and >= 0)
        {
            HeaderField field = block.Fields[path];
            inspection.Report(RuleCode.ReturnPathPresent, RuleAction.Allow, field.Offset, field.Length, "Return-Path before the final delivery", field.Line);
        }
    }

    private static void Date(Inspection inspection, HeaderBlock block)
    {
        int at = block.Find(HeaderId.Date);
        if (at < 0)
        {
            inspection.Report(RuleCode.DateInvalid, RuleAction.Tag, block.Begin, 0, "no Date field", block.BeginLine);
            return;
        }

        HeaderField field = block.Fields[at];
        ReadOnlySpan<byte> value = field.Value.AsSpan().Trim(" \t\r\n"u8);
        if (value.Length > LongestDate)
        {
            inspection.Report(RuleCode.DateInvalid, RuleAction.Quarantine, field.Offset, field.Length, $"a Date of {value.Length} characters", field.Line);
        }
        else if (MailDate.Flaw(value, inspection.Now) is { } flaw)
        {
            inspection.Report(RuleCode.DateInvalid, RuleAction.Tag, field.Offset, field.Length, flaw, field.Line);
        }
    }

    private static void MessageId(Inspection inspection, HeaderBlock block)
    {
        int at = block.Find(HeaderId.MessageId);
        if (at < 0)
        {
            inspection.Report(RuleCode.MessageIdInvalid, RuleAction.Tag, block.Begin, 0, "no Message-ID field", block.BeginLine);
            return;
        }

        HeaderField field = block.Fields[at];
        ReadOnlySpan<byte> value = field.Value.AsSpan().Trim(" \t\r\n"u8);
        string? flaw = value.Length > LongestId ? $"a Message-ID of {value.Length} characters"
            : IsId(value) ? null
            : value.IndexOfAnyInRange((byte)0, (byte)0x1F) >= 0 ? "control character or fold in the Message-ID" : "the Message-ID is not <left@right>";
        if (flaw is not null)
        {
            inspection.Report(RuleCode.MessageIdInvalid, RuleAction.Tag, field.Offset, field.Length, flaw, field.Line);
        }
    }

    private static bool IsId(ReadOnlySpan<byte> value)
    {
        if (value.Length < 5 || value[0] != '<' || value[^1] != '>')
        {
            return false;
        }

        ReadOnlySpan<byte> id = value[1..^1];
        int at = id.LastIndexOf((byte)'@');
        if (at <= 0 || at == id.Length - 1)
        {
            return false;
        }

        // A quoted left side and a literal right side are obsolete or rare, and read alike by all.
        return Side(id[..at], (byte)'"', (byte)'"') && Side(id[(at + 1)..], (byte)'[', (byte)']');
    }

    private static bool Side(ReadOnlySpan<byte> side, byte open, byte close)
    {
        bool enclosed = side.Length > 2 && side[0] == open && side[^1] == close;
        return enclosed ? side[1..^1].IndexOfAnyExceptInRange((byte)0x20, (byte)0x7E) < 0 : side.IndexOfAnyExcept(IdOctets) < 0;
    }

    /// <summary>The field that readers show when From names nobody; -1 when there is none.</summary>
    public static int Fallback(HeaderBlock block)
    {
        ReadOnlySpan<HeaderField> fields = block.Fields;
        for (int i = 0; i < fields.Length; i++)
        {
            if (fields[i].Id is HeaderId.Sender or HeaderId.ResentFrom || System.Text.Ascii.EqualsIgnoreCase(fields[i].Name, "X-From"u8))
            {
                return i;
            }
        }

        return -1;
    }

    /// <summary>Readers that find no mailbox in From show another field instead: whichever its sender chose.</summary>
    private static void From(Inspection inspection, HeaderBlock block)
    {
        int at = block.Find(HeaderId.From);
        if (at >= 0 && !block.Fields[at].Value.AsSpan().Trim(" \t\r\n"u8).IsEmpty)
        {
            return;
        }

        if (Fallback(block) is var instead and >= 0)
        {
            HeaderField field = block.Fields[instead];
            inspection.Report(
                RuleCode.SenderFallbackSpoof, RuleAction.Quarantine, field.Offset, field.Length, $"{(at < 0 ? "no" : "an empty")} From, but a field that readers show instead", field.Line);
        }
    }

    private static bool IsMultipart(HeaderBlock block) => block.ContentType is { IsMultipart: true };

    /// <summary>
    /// RFC 2045 4: without the field the message is not MIME. One text is the same to all readers; of a multipart, readers of the letter
    /// show the source (docs/lab.md). Bounces often lack it, and of an embedded message one reader in thirteen minds, so for them it is a tag.
    /// </summary>
    private static void MimeVersion(Inspection inspection, HeaderBlock block)
    {
        RuleAction multipart = inspection.NullSender || !block.IsTop ? RuleAction.Tag : RuleAction.Quarantine;
        int at = block.Find(HeaderId.MimeVersion);
        if (at >= 0)
        {
            HeaderField field = block.Fields[at];
            if (!Fields.MimeVersion.IsOne(field.Value))
            {
                inspection.Report(RuleCode.MimeVersionAnomaly, IsMultipart(block) ? multipart : RuleAction.Tag, field.Offset, field.Length, "a MIME-Version other than 1.0", field.Line);
            }

            return;
        }

        foreach (ref readonly HeaderField field in block.Fields)
        {
            if (field.Id is HeaderId.ContentType or HeaderId.ContentTransferEncoding or HeaderId.ContentDisposition or HeaderId.ContentId)
            {
                inspection.Report(
                    RuleCode.MimeVersionAnomaly,
                    IsMultipart(block) ? multipart : RuleAction.Allow,
                    field.Offset,
                    field.Length,
                    IsMultipart(block) ? "a multipart without MIME-Version" : "MIME fields without MIME-Version",
                    field.Line);
                return;
            }
        }
    }
}
