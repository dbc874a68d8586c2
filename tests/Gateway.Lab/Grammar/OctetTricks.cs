namespace Gateway.Lab.Grammar;

/// <summary>Octets that some languages take for a line end or for white space, lines of unusual length, and how embedded messages start.</summary>
internal static class OctetTricks
{
    public static IEnumerable<Trick> All() => [.. Separators(), .. Lengths(), .. Embedded()];

    private static IEnumerable<Trick> Separators()
    {
        // What str.splitlines of Python, \R of Perl or isspace of C know and RFC 5322 does not.
        (string Name, string Octets)[] separators =
        [
            ("vertical-tab", "\v"), ("form-feed", "\f"), ("file-separator", "\x1C"), ("group-separator", "\x1D"), ("record-separator", "\x1E"),
            ("next-line", "\x85"), ("utf8-next-line", "\xC2\x85"), ("utf8-line-separator", "\xE2\x80\xA8"), ("nbsp", "\xA0"), ("substitute", "\x1A"),
        ];
        foreach ((string name, string octets) in separators)
        {
            yield return Entity("separator-in-header", $"{name}-before-type", Standing.Broken, "RFC 5322 2.2", draft => draft.Typed(), entity => entity.Fields.Insert(0, $"X-Note: one{octets}Content-Type: text/html"));
            yield return Entity("separator-in-header", $"{name}-twice", Standing.Broken, "RFC 5322 2.2", draft => draft.Typed(), entity => entity.Fields.Insert(0, $"X-Note: one{octets}{octets}two"));
            yield return Entity("separator-around-value", $"{name}-before-type", Standing.Broken, "RFC 2045 5.1, RFC 5322 2.2", draft => draft.Typed(), entity => entity.Set("Content-Type", $"Content-Type:{octets}{entity.Value("Content-Type")}"));
            yield return Entity("separator-around-value", $"{name}-behind-type", Standing.Broken, "RFC 2045 5.1, RFC 5322 2.2", draft => draft.Typed(), entity => entity.Set("Content-Type", $"Content-Type: {entity.Value("Content-Type")}{octets}"));
            yield return Entity("separator-around-value", $"{name}-before-semicolon", Standing.Broken, "RFC 2045 5.1, RFC 5322 2.2", draft => draft.Multipart(), entity => entity.Set("Content-Type", $"Content-Type: {ReplaceFirst(entity.Value("Content-Type") ?? string.Empty, ";", octets + ";")}"));
            yield return Entity("separator-around-value", $"{name}-behind-encoding", Standing.Broken, "RFC 2045 6.1, RFC 5322 2.2", draft => draft.Encoded(), entity => entity.Set("Content-Transfer-Encoding", $"Content-Transfer-Encoding: {entity.Value("Content-Transfer-Encoding")}{octets}"));
        }

        foreach ((string name, string octets) in separators.Take(5))
        {
            yield return Entity("separator-in-text", name, Standing.Valid, "RFC 2045 2.7: octets 1 to 127", draft => draft.TextLeaf(), entity => entity.Body += $"\r\none{octets}two");
        }

        yield return Entity("eight-bit-text", "undeclared", Standing.Broken, "RFC 2045 2.7, 6.2", draft => draft.TextLeaf(), entity => entity.Body += "\r\ncaf\xE9");
        yield return Entity("eight-bit-text", "declared", Standing.Valid, "RFC 2045 2.8, 6.2", draft => draft.TextLeaf(), entity =>
        {
            entity.Set("Content-Type", "Content-Type: text/plain; charset=utf-8");
            entity.Set("Content-Transfer-Encoding", "Content-Transfer-Encoding: 8bit");
            entity.Body += "\r\ncaf\xC3\xA9";
        });
    }

    private static IEnumerable<Trick> Lengths()
    {
        foreach (int length in new[] { 998, 999, 1200, 2100, 9000 })
        {
            Standing standing = length > 998 ? Standing.Broken : Standing.Valid;
            yield return Entity("line-length", $"text-{length}", standing, "RFC 5322 2.1.1", draft => draft.TextLeaf(), entity => entity.Body += $"\r\n{new string('l', length)}");
            yield return Entity("line-length", $"field-{length}", standing, "RFC 5322 2.1.1", draft => draft.Typed(), entity => entity.Fields.Insert(0, $"X-Note: {new string('l', length - 8)}"));
            yield return Entity("line-length", $"padding-{length}", standing, "RFC 5322 2.1.1", draft => draft.Multipart(), entity => entity.Delimiters[0] = $"--{entity.Boundary}{new string(' ', length - entity.Boundary!.Length - 2)}");
        }
    }

    private static IEnumerable<Trick> Embedded()
    {
        foreach ((string variant, string line) in new[] { ("mbox", "From ada@example.org Mon Mar  2 10:00:00 2026"), ("munged-mbox", ">From ada@example.org Mon Mar  2 10:00:00 2026"), ("text", "forwarded by hand"), ("blank", "") })
        {
            yield return Entity("embedded-start", variant, Standing.Broken, "RFC 2046 5.2.1, RFC 5322 2.2, 3.6", draft => draft.Embedded(), entity => entity.Parts[0].Fields.Insert(0, line));
        }

        yield return Entity("embedded-start", "no-mime-version", Standing.Broken, "RFC 2046 5.2.1, RFC 2045 4", draft => draft.Embedded(), entity => entity.Parts[0].Fields.RemoveAt(entity.Parts[0].Find("MIME-Version")));
    }

    private static Trick Entity(string name, string variant, Standing standing, string clause, Func<Draft, Entity?> where, Action<Entity> change) =>
        new(TrickFamily.Header, name, variant, standing, clause, draft =>
        {
            if (where(draft) is not { } entity)
            {
                return false;
            }

            change(entity);
            return true;
        });

    private static string ReplaceFirst(string text, string old, string replacement)
    {
        int at = text.IndexOf(old, StringComparison.Ordinal);
        return at < 0 ? text : text[..at] + replacement + text[(at + old.Length)..];
    }
}
