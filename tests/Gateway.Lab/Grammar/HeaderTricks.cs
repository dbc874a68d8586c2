namespace Gateway.Lab.Grammar;

/// <summary>Fields doubled, lines that are no fields, and header blocks that end early or never.</summary>
internal static class HeaderTricks
{
    private const string Once = "RFC 2045 3 and appendix A: each at most once";
    private const string Ftext = "RFC 5322 2.2, 3.6.8";

    public static IEnumerable<Trick> All() => [.. Doubled(), .. Lines(), .. Ends(), .. Harmless()];

    private static IEnumerable<Trick> Doubled()
    {
        foreach ((string variant, string second) in new[]
        {
            ("text-plain", "text/plain"), ("text-html", "text/html"), ("octet-stream", "application/octet-stream"),
            ("other-multipart", "multipart/mixed; boundary=\"elsewhere\""), ("same-type-no-parameters", "multipart/mixed"), ("message", "message/rfc822"),
        })
        {
            yield return Field("duplicate-content-type", $"{variant}-behind", Once, draft => draft.Typed(), "Content-Type", 1, $"Content-Type: {second}");
            yield return Field("duplicate-content-type", $"{variant}-before", Once, draft => draft.Typed(), "Content-Type", 0, $"Content-Type: {second}");
            yield return Field("duplicate-content-type", $"{variant}-lower-case-behind", Once, draft => draft.Typed(), "Content-Type", 1, $"content-type: {second}");
        }

        yield return Make("duplicate-content-type", "identical", Standing.Broken, Once, draft => draft.Typed(), (entity, _) => entity.Fields.Insert(0, entity.Fields[entity.Find("Content-Type")]));
        yield return Make("duplicate-content-type", "apart", Standing.Broken, Once, draft => draft.Typed(), (entity, draft) =>
        {
            entity.Fields.Insert(0, "Content-Type: text/plain; charset=utf-8");
            entity.Fields.Add("X-Between: " + draft.Word());
        });
        foreach (string second in new[] { "base64", "quoted-printable", "7bit", "8bit", "binary" })
        {
            yield return Field("duplicate-content-transfer-encoding", $"{second}-behind", Once, draft => draft.Encoded(), "Content-Transfer-Encoding", 1, $"Content-Transfer-Encoding: {second}");
            yield return Field("duplicate-content-transfer-encoding", $"{second}-before", Once, draft => draft.Encoded(), "Content-Transfer-Encoding", 0, $"CONTENT-TRANSFER-ENCODING: {second}");
        }

        yield return Field("duplicate-content-disposition", "inline-before", Once, draft => draft.Named(), "Content-Disposition", 0, "Content-Disposition: inline; filename=\"readme.txt\"");
        yield return Field("duplicate-content-disposition", "inline-behind", Once, draft => draft.Named(), "Content-Disposition", 1, "Content-Disposition: inline; filename=\"readme.txt\"");
        foreach ((string name, string value) in new[]
        {
            ("From", "From: eve@example.com"), ("Subject", "Subject: another"), ("Date", "Date: Tue, 03 Mar 2026 10:00:00 +0000"),
            ("Message-ID", "Message-ID: <other@example.com>"), ("To", "To: carol@example.net"), ("MIME-Version", "MIME-Version: 1.0"),
        })
        {
            yield return Field("duplicate-singleton", name, "RFC 5322 3.6", draft => draft.Root, name, 1, value);
        }
    }

    private static IEnumerable<Trick> Lines()
    {
        foreach ((string name, Func<Draft, Entity?> where) in Decisive())
        {
            yield return Rename("blank-before-colon", $"{name}-space", $"{name} :", name, where, "RFC 5322 4.5: must not be generated");
            yield return Rename("blank-before-colon", $"{name}-tab", $"{name}\t:", name, where, "RFC 5322 4.5: must not be generated");
            yield return Rename("field-name-octet", $"{name}-control", $"{name}\x01:", name, where, Ftext);
            yield return Rename("field-name-octet", $"{name}-del", $"{name}\x7F:", name, where, Ftext);
            yield return Rename("field-name-octet", $"{name}-nbsp", $"{name}\xA0:", name, where, Ftext);
            yield return Rename("field-name-octet", $"{name}-utf8-nbsp-first", $"\xC2\xA0{name}:", name, where, Ftext);
            yield return Rename("field-name-octet", $"{name}-bom-first", $"\xEF\xBB\xBF{name}:", name, where, Ftext);
            yield return Rename("field-without-colon", $"{name}", name, name, where, "RFC 5322 2.2");
            yield return Rename("field-without-colon", $"{name}-equals", $"{name} =", name, where, "RFC 5322 2.2");
            yield return Field("non-header-line", $"text-before-{name}", "RFC 5322 2.2", where, name, 0, "this line is no field");
            yield return Field("non-header-line", $"text-behind-{name}", "RFC 5322 2.2", where, name, 1, "this line is no field");
            yield return Field("non-header-line", $"mbox-before-{name}", "RFC 5322 2.2", where, name, 0, "From ada@example.org Mon Mar  2 10:00:00 2026");
            yield return Field("non-header-line", $"munged-mbox-before-{name}", "RFC 5322 2.2", where, name, 0, ">From ada@example.org Mon Mar  2 10:00:00 2026");
            yield return Field("non-header-line", $"blanks-in-name-before-{name}", "RFC 5322 2.2", where, name, 0, "Some words here: and there");
            yield return Make("odd-name-continuation", name, Standing.Broken, Ftext, draft => where(draft) is { } entity && entity.Find(name) >= 0 ? entity : null, (entity, _) =>
            {
                int at = entity.Find(name);
                entity.Fields[at] = $"X-Way :inside\r\n {entity.Fields[at]}";
            });
            yield return Field("empty-field-name", $"before-{name}", Ftext, where, name, 0, ": nothing");
            yield return Field("whitespace-only-line", $"space-before-{name}", "RFC 5322 3.2.2, 4.2: must not be generated", where, name, 0, " ");
            yield return Field("whitespace-only-line", $"tab-before-{name}", "RFC 5322 3.2.2, 4.2: must not be generated", where, name, 0, "\t");
            yield return Field("whitespace-only-line", $"spaces-behind-{name}", "RFC 5322 3.2.2, 4.2: must not be generated", where, name, 1, "   ");
            yield return Field("control-in-field", $"escape-before-{name}", "RFC 5322 2.2", where, name, 0, "X-Note: a\x1B[1mb\x08");
        }
    }

    private static IEnumerable<Trick> Ends()
    {
        yield return Make("no-empty-line", "part-body-follows", Standing.Broken, "RFC 2046 5.1.1; RFC 5322 2.1", draft => draft.Part(), (entity, _) => entity.Separator = string.Empty);
        yield return Make("no-empty-line", "blank-line-of-blanks", Standing.Broken, "RFC 5322 2.1, 4.2", draft => draft.Leaf(), (entity, _) => entity.Separator = " \r\n");
        yield return Make("no-empty-line", "blank-line-of-tab", Standing.Broken, "RFC 5322 2.1, 4.2", draft => draft.Leaf(), (entity, _) => entity.Separator = "\t\r\n");
        yield return Make("no-empty-line", "top-of-multipart", Standing.Broken, "RFC 5322 2.1", draft => draft.Root.IsMultipart ? draft.Root : null, (entity, _) => entity.Separator = string.Empty);
        yield return Make("no-empty-line", "dashes", Standing.Broken, "RFC 5322 2.1, 2.2", draft => draft.Leaf(), (entity, _) => entity.Separator = "----\r\n");
        yield return Make("no-body", "header-and-delimiter", Standing.Valid, "RFC 2046 5.1.1: the body is optional", draft => draft.Part(), (entity, _) => (entity.Separator, entity.Body) = (string.Empty, string.Empty));
        yield return Make("no-empty-line", "delimiter-behind-field", Standing.Broken, "RFC 2046 5.1.1: a delimiter begins with its own line end", draft => draft.Part(), (entity, _) =>
        {
            entity.Fields.Clear();
            (entity.Separator, entity.Body) = ("Content-Type: text/plain; charset=us-ascii", string.Empty);
        });
        yield return Make("starts-with-blank", "space", Standing.Broken, "RFC 5322 2.2.3", draft => draft.Part(), (entity, _) => entity.Fields[0] = " " + entity.Fields[0]);
        yield return Make("starts-with-blank", "tab-top", Standing.Broken, "RFC 5322 2.2.3", draft => draft.Root, (entity, _) => entity.Fields[0] = "\t" + entity.Fields[0]);
        yield return Make("early-empty-line", "before-type-of-leaf", Standing.Disputed, "valid by RFC 5322 2.1; issue 19 names it", draft => draft.TextLeaf(), (entity, _) => MoveToBody(entity, entity.Find("Content-Type")));
        yield return Make("early-empty-line", "before-all-fields-of-part", Standing.Disputed, "valid by RFC 2046 5.1.1; issue 19 names it", draft => draft.Part(), (entity, _) => MoveToBody(entity, 0));
    }

    private static IEnumerable<Trick> Harmless()
    {
        yield return Make("field-case", "upper", Standing.Valid, "RFC 5322 1.2.2, 2045 5.1", draft => draft.Typed(), (entity, _) => Upper(entity, "Content-Type"));
        yield return Make("field-case", "lower-encoding", Standing.Valid, "RFC 5322 1.2.2", draft => draft.Encoded(), (entity, _) => Replace(entity, "Content-Transfer-Encoding", "content-transfer-encoding:"));
        yield return Make("field-order", "reversed", Standing.Valid, "RFC 5322 3.6", draft => draft.Typed(), (entity, _) => entity.Fields.Reverse());
        yield return Make("no-blank-behind-colon", "type", Standing.Valid, "RFC 5322 2.2", draft => draft.Typed(), (entity, _) => Replace(entity, "Content-Type", "Content-Type:", trim: true));
        yield return Make("no-blank-behind-colon", "encoding", Standing.Valid, "RFC 5322 2.2", draft => draft.Encoded(), (entity, _) => Replace(entity, "Content-Transfer-Encoding", "Content-Transfer-Encoding:", trim: true));
        yield return Make("fold-behind-colon", "type", Standing.Valid, "RFC 5322 2.2.3", draft => draft.Typed(), (entity, _) => Replace(entity, "Content-Type", "Content-Type:\r\n", trim: false));
        yield return Make("fold-behind-colon", "encoding", Standing.Valid, "RFC 5322 2.2.3", draft => draft.Encoded(), (entity, _) => Replace(entity, "Content-Transfer-Encoding", "Content-Transfer-Encoding:\r\n", trim: false));
        yield return Make("unknown-fields", "many", Standing.Valid, "RFC 5322 3.6.8", draft => draft.Typed(), (entity, draft) => entity.Fields.InsertRange(0, Enumerable.Range(0, 12).Select(i => $"X-Note-{i}: {Words.Sentence(draft.Random)}")));
        yield return Make("unknown-fields", "odd-name", Standing.Valid, "RFC 5322 3.6.8: any printable but colon", draft => draft.Typed(), (entity, _) => entity.Fields.Insert(0, "X-{}[]()\"/\\,;<>@=?!: odd"));
        yield return Make("unknown-fields", "similar-name", Standing.Valid, "RFC 5322 3.6.8", draft => draft.Typed(), (entity, _) => entity.Fields.Insert(0, "Content-Type-Hint: text/html"));
        yield return Make("folded-field", "many-lines", Standing.Valid, "RFC 5322 2.2.3", draft => draft.Typed(), (entity, draft) => entity.Fields.Insert(0, $"X-Long: {draft.Word()}\r\n {draft.Word()}\r\n\t{draft.Word()}: {draft.Word()}\r\n  Content-Type: text/html"));
        yield return Make("encoded-word-subject", "utf8", Standing.Valid, "RFC 2047 2", draft => draft.Root, (entity, _) => entity.Set("Subject", "Subject: =?utf-8?Q?caf=C3=A9?= =?utf-8?B?w6k=?="));
        yield return Make("content-id-and-description", "part", Standing.Valid, "RFC 2045 7, 8", draft => draft.Part(), (entity, _) => entity.Fields.AddRange(["Content-ID: <one@example.org>", "Content-Description: a part (with a comment)", "Content-Language: en"]));
        yield return Make("mime-version-comment", "behind", Standing.Valid, "RFC 2045 4", draft => draft.Root, (entity, _) => entity.Set("MIME-Version", "MIME-Version: 1.0 (made by hand)"));
        yield return Make("mime-version-comment", "inside", Standing.Valid, "RFC 2045 4", draft => draft.Root, (entity, _) => entity.Set("MIME-Version", "MIME-Version: 1.(made by hand)0"));
        yield return Make("mime-version-odd", "two", Standing.Broken, "RFC 2045 4", draft => draft.Root, (entity, _) => entity.Set("MIME-Version", "MIME-Version: 2.0"));
        yield return Make("mime-version-odd", "missing", Standing.Broken, "RFC 2045 4", draft => draft.Root, (entity, _) => entity.Fields.RemoveAt(entity.Find("MIME-Version")));
    }

    private static (string Name, Func<Draft, Entity?> Where)[] Decisive() =>
    [
        ("Content-Type", draft => draft.Typed()),
        ("Content-Transfer-Encoding", draft => draft.Encoded()),
    ];

    private static Trick Make(string name, string variant, Standing standing, string clause, Func<Draft, Entity?> where, Action<Entity, Draft> change) =>
        new(TrickFamily.Header, name, variant, standing, clause, draft =>
        {
            if (where(draft) is not { } entity)
            {
                return false;
            }

            change(entity, draft);
            return true;
        });

    /// <summary>Puts a line before (0) or behind (1) a field.</summary>
    private static Trick Field(string name, string variant, string clause, Func<Draft, Entity?> where, string field, int distance, string line) =>
        Make(name, variant, Standing.Broken, clause, draft => where(draft) is { } entity && entity.Find(field) >= 0 ? entity : null, (entity, _) => entity.Fields.Insert(entity.Find(field) + distance, line));

    private static Trick Rename(string name, string variant, string replacement, string field, Func<Draft, Entity?> where, string clause) =>
        Make(name, variant, Standing.Broken, clause, draft => where(draft) is { } entity && entity.Find(field) >= 0 ? entity : null, (entity, _) => Replace(entity, field, replacement));

    private static void Replace(Entity entity, string field, string start, bool trim = false)
    {
        int at = entity.Find(field);
        string value = entity.Fields[at][(field.Length + 1)..];
        entity.Fields[at] = start + (trim ? value.TrimStart(' ') : value);
    }

    private static void Upper(Entity entity, string field)
    {
        int at = entity.Find(field);
        string text = entity.Fields[at];
        int end = text.IndexOf(';', StringComparison.Ordinal);
        end = end < 0 ? text.Length : end;
        entity.Fields[at] = text[..end].ToUpperInvariant() + text[end..];
    }

    private static void MoveToBody(Entity entity, int from)
    {
        string moved = string.Concat(entity.Fields.Skip(from).Select(field => field + "\r\n"));
        entity.Fields.RemoveRange(from, entity.Fields.Count - from);
        entity.Body = $"{moved}\r\n{entity.Body}";
    }
}
