using System.Text;
using Gateway.Mime.Fields;
using Gateway.Mime.Structure;

namespace Gateway.Mime.Rules.Structure;

/// <summary>Bodies that lie elsewhere: in other messages (message/partial) or on other hosts (message/external-body).</summary>
internal sealed class PartialMessages : RuleFamily
{
    public override RuleMoments Moments => RuleMoments.PartBegin;

    public override void PartBegin(Inspection inspection, PartNode part)
    {
        if (inspection.Header.ContentType is not { } type || inspection.Header.ContentTypeField is not { } field || !type.IsType("message"u8))
        {
            return;
        }

        if (type.IsSubtype("partial"u8))
        {
            inspection.Report(RuleCode.MessagePartial, RuleAction.Quarantine, field.Offset, field.Length, "a piece of a message", field.Line);
        }
        else if (type.IsSubtype("external-body"u8))
        {
            (RuleAction grade, string detail) = External(type);
            inspection.Report(RuleCode.ExternalBody, grade, field.Offset, field.Length, detail, field.Line);
        }
    }

    private static (RuleAction Grade, string Detail) External(MimeField type)
    {
        int at = type.Find("access-type"u8);
        if (at < 0)
        {
            return (RuleAction.Quarantine, "an external body without access-type");
        }

        Span<byte> buffer = stackalloc byte[64];
        ReadOnlySpan<byte> access = buffer[..type.Unquote(type.Parameters[at], buffer)];
        if (Is(access, "local-file"u8) || Is(access, "afs"u8))
        {
            return (RuleAction.Quarantine, "an external body that names a file of the reader's own host");
        }

        if (Is(access, "anon-ftp"u8) || Is(access, "ftp"u8) || Is(access, "tftp"u8))
        {
            return Needs(type.Find("site"u8) >= 0 && type.Find("name"u8) >= 0, "site and name");
        }

        if (Is(access, "mail-server"u8))
        {
            return Needs(type.Find("server"u8) >= 0, "server");
        }

        if (Is(access, "url"u8))
        {
            return Needs(type.Find("url"u8) >= 0, "URL");
        }

        bool other = Is(access, "content-id"u8) || (access.Length > 2 && Is(access[..2], "x-"u8));
        return other ? (RuleAction.Tag, "an external body") : (RuleAction.Quarantine, "an external body with an access-type nobody defined");
    }

    private static (RuleAction Grade, string Detail) Needs(bool present, string parameters) =>
        present ? (RuleAction.Tag, "an external body") : (RuleAction.Quarantine, $"an external body without {parameters}");

    private static bool Is(ReadOnlySpan<byte> value, ReadOnlySpan<byte> name) => Ascii.EqualsIgnoreCase(value, name);
}
