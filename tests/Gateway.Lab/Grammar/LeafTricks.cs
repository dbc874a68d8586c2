namespace Gateway.Lab.Grammar;

/// <summary>Type and transfer encoding of leaves.</summary>
internal static class LeafTricks
{
    private const string Grammar = "RFC 2045 5.1";

    public static IEnumerable<Trick> All() => [.. Types(), .. Composite(), .. Encodings()];

    private static IEnumerable<Trick> Types()
    {
        (string Name, string Variant, Standing Standing, string Clause, string Value)[] rows =
        [
            ("leaf-type-malformed", "no-slash", Standing.Broken, Grammar, "text"),
            ("leaf-type-malformed", "empty", Standing.Broken, Grammar, ""),
            ("leaf-type-malformed", "double-type", Standing.Broken, Grammar, "text/plain/html"),
            ("leaf-type-malformed", "quoted", Standing.Broken, Grammar, "\"text/plain\""),
            ("leaf-type-malformed", "only-charset", Standing.Broken, Grammar, "charset=us-ascii"),
            ("leaf-type-malformed", "no-equals", Standing.Broken, Grammar, "text/plain; us-ascii"),
            ("leaf-type-malformed", "open-quote", Standing.Broken, Grammar, "text/plain; charset=\"us-ascii"),
            ("leaf-type-malformed", "quote-escaped-away", Standing.Broken, Grammar, "text/plain; charset=\"us-ascii\\\""),
            ("leaf-type-malformed", "double-semicolon", Standing.Broken, Grammar, "text/plain;; charset=us-ascii"),
            ("leaf-type-malformed", "comma", Standing.Broken, Grammar, "text/plain, text/html"),
            ("leaf-type-malformed", "multipart-without-boundary", Standing.Broken, "RFC 2046 5.1.1", "multipart/mixed"),
            ("leaf-type-malformed", "multipart-never-begun", Standing.Broken, "RFC 2046 5.1.1", "multipart/mixed; boundary=never"),
            ("duplicate-charset", "differ", Standing.Broken, Grammar, "text/plain; charset=us-ascii; charset=utf-8"),
            ("leaf-type-odd", "comment", Standing.Valid, "RFC 2045 5.1, RFC 822 3.4.3", "text/plain (plain text); charset=us-ascii"),
            ("leaf-type-odd", "comment-behind-value", Standing.Valid, "RFC 2045 5.1: the example there", "text/plain; charset=us-ascii (Plain text)"),
            ("leaf-type-odd", "comment-with-semicolon", Standing.Valid, "RFC 2045 5.1, RFC 822 3.4.3", "text/plain (a; charset=utf-8); charset=us-ascii"),
            ("leaf-type-odd", "quoted-charset", Standing.Valid, Grammar, "text/plain; charset=\"us-ascii\""),
            ("leaf-type-odd", "upper", Standing.Valid, Grammar, "TEXT/Plain; CHARSET=US-ASCII"),
            ("leaf-type-odd", "unknown-charset", Standing.Valid, "RFC 2046 4.1.2", "text/plain; charset=x-none-such"),
            ("leaf-type-odd", "unknown-type", Standing.Valid, "RFC 2045 5.1, 2046 6", "x-thing/x-other; note=1"),
            ("leaf-type-odd", "flowed", Standing.Valid, "RFC 3676", "text/plain; charset=us-ascii; format=flowed; delsp=no"),
            ("leaf-type-odd", "charset-extended", Standing.Valid, "RFC 2231 4", "text/plain; charset*=us-ascii'en'us-ascii"),
            ("leaf-type-odd", "rfc822-headers-like-name", Standing.Valid, Grammar, "text/plain; charset=us-ascii; name=\"message.eml\""),
            ("leaf-type-odd", "boundary-unused", Standing.Valid, "RFC 2045 5.1: unknown parameters are ignored", "text/plain; charset=us-ascii; boundary=\"unused\""),
        ];
        foreach ((string name, string variant, Standing standing, string clause, string value) in rows)
        {
            yield return Leaf(TrickFamily.Type, name, variant, standing, clause, draft => draft.TextLeaf(), leaf => leaf.Set("Content-Type", $"Content-Type: {value}"));
        }

        yield return Leaf(TrickFamily.Type, "leaf-type-odd", "none", Standing.Valid, "RFC 2045 5.2", draft => draft.TextLeaf(), leaf => leaf.Fields.RemoveAt(leaf.Find("Content-Type")));
        yield return Leaf(TrickFamily.Type, "boundary-on-leaf", "with-delimiters", Standing.Disputed, "valid by RFC 2045 5.1; rank 86 names it", draft => draft.TextLeaf(), leaf =>
        {
            leaf.Set("Content-Type", "Content-Type: text/plain; charset=us-ascii; boundary=\"inside\"");
            leaf.Body = $"--inside\r\nContent-Type: text/html\r\n\r\n{leaf.Body}\r\n--inside--";
        });
        foreach ((string variant, string body) in new[]
        {
            ("signature", "-- \r\nAda"), ("dashes", "--\r\n----\r\n--other"), ("header-like", "Content-Type: text/html\r\n\r\nnothing"), ("from-line", "From here on"),
            ("dot", ".\r\n..\r\n.x"), ("indented-delimiter", " --inside"), ("encoded-word", "=?utf-8?Q?caf=C3=A9?="), ("blanks", "\r\n\r\n \r\n\t\r\nend"),
        })
        {
            yield return Leaf(TrickFamily.Type, "text-like-syntax", variant, Standing.Valid, "RFC 2045 2.7: any text", draft => draft.TextLeaf(), leaf => leaf.Body += $"\r\n{body}");
        }

        yield return Leaf(TrickFamily.Type, "text-like-syntax", "uuencode", Standing.Valid, "RFC 2045 2.7: any text", draft => draft.TextLeaf(), leaf => leaf.Body += "\r\nbegin 644 a.txt\r\n#86)C\r\n`\r\nend");
    }

    private static IEnumerable<Trick> Composite()
    {
        foreach (string encoding in new[] { "base64", "quoted-printable", "x-unknown" })
        {
            yield return Leaf(TrickFamily.Encoding, "encoded-composite", $"multipart-{encoding}-declared", Standing.Broken, "RFC 2045 6.4", draft => draft.Multipart(), entity => entity.Fields.Add($"Content-Transfer-Encoding: {encoding}"));
            yield return Leaf(TrickFamily.Encoding, "encoded-composite", $"message-{encoding}-declared", Standing.Broken, "RFC 2046 5.2.1", draft => draft.Embedded(), entity => entity.Fields.Add($"Content-Transfer-Encoding: {encoding}"));
        }

        yield return Leaf(TrickFamily.Encoding, "encoded-composite", "message-base64", Standing.Broken, "RFC 2046 5.2.1", draft => draft.Embedded(), Encode);
        yield return Leaf(TrickFamily.Encoding, "encoded-composite", "multipart-base64", Standing.Broken, "RFC 2045 6.4", draft => draft.Multipart(), Encode);
        yield return Leaf(TrickFamily.Encoding, "identity-composite", "multipart-8bit", Standing.Valid, "RFC 2045 6.4", draft => draft.Multipart(), entity => entity.Fields.Add("Content-Transfer-Encoding: 8bit"));
        yield return Leaf(TrickFamily.Encoding, "identity-composite", "message-7bit", Standing.Valid, "RFC 2046 5.2.1", draft => draft.Embedded(), entity => entity.Fields.Add("Content-Transfer-Encoding: 7bit"));
    }

    private static IEnumerable<Trick> Encodings()
    {
        (string Name, string Variant, Standing Standing, string Clause, string Value)[] rows =
        [
            ("encoding-malformed", "semicolon", Standing.Broken, "RFC 2045 6.1", "{E};"),
            ("encoding-malformed", "parameter", Standing.Broken, "RFC 2045 6.1", "{E}; charset=us-ascii"),
            ("encoding-malformed", "quoted", Standing.Broken, "RFC 2045 6.1", "\"{E}\""),
            ("encoding-malformed", "single-quoted", Standing.Broken, "RFC 2045 6.1, 6.3", "'{E}'"),
            ("encoding-malformed", "words", Standing.Broken, "RFC 2045 6.1", "{E} encoding"),
            ("encoding-malformed", "word-before", Standing.Broken, "RFC 2045 6.1", "x {E}"),
            ("encoding-malformed", "list", Standing.Broken, "RFC 2045 6.1", "{E}, 7bit"),
            ("encoding-malformed", "list-identity-first", Standing.Broken, "RFC 2045 6.1", "7bit, {E}"),
            ("encoding-malformed", "two-tokens", Standing.Broken, "RFC 2045 6.1", "8bit {E}"),
            ("encoding-malformed", "encoded-word", Standing.Broken, "RFC 2047 5", "=?us-ascii?Q?{E}?="),
            ("encoding-malformed", "control", Standing.Broken, "RFC 2045 6.1", "{E}\x01"),
            ("encoding-malformed", "nbsp", Standing.Broken, "RFC 2045 6.1", "\xA0{E}"),
            ("encoding-malformed", "utf8-nbsp-behind", Standing.Broken, "RFC 2045 6.1", "{E}\xC2\xA0"),
            ("encoding-malformed", "empty", Standing.Broken, "RFC 2045 6.1", ""),
            ("encoding-malformed", "fold-inside", Standing.Broken, "RFC 2045 6.1", "ba\r\n se64"),
            ("encoding-malformed", "dot", Standing.Broken, "RFC 2045 6.1", "{E}."),
            ("encoding-malformed", "open-comment", Standing.Broken, "RFC 822 3.3", "{E} (open"),
            ("encoding-unknown", "bas64", Standing.Broken, "RFC 2045 6.3: undefined tokens must not be used", "bas64"),
            ("encoding-unknown", "base-64", Standing.Broken, "RFC 2045 6.3", "base-64"),
            ("encoding-unknown", "quoted_printable", Standing.Broken, "RFC 2045 6.3", "quoted_printable"),
            ("encoding-unknown", "none", Standing.Broken, "RFC 2045 6.3", "none"),
            ("encoding-unknown", "utf-8", Standing.Broken, "RFC 2045 6.3", "utf-8"),
            ("encoding-unknown", "8bits", Standing.Broken, "RFC 2045 6.3", "8bits"),
            ("encoding-unknown", "uuencode", Standing.Broken, "RFC 2045 6.3", "uuencode"),
            ("encoding-from-before-mime", "x-uuencode", Standing.Disputed, "valid by RFC 2045 6.3; issue 19 names it", "x-uuencode"),
            ("encoding-from-before-mime", "x-uue", Standing.Disputed, "valid by RFC 2045 6.3; issue 19 names it", "x-uue"),
            ("encoding-odd", "upper", Standing.Valid, "RFC 2045 6.1", "{U}"),
            ("encoding-odd", "blanks-behind", Standing.Valid, "RFC 822 3.4.3", "{E}  "),
            ("encoding-odd", "blanks-before", Standing.Valid, "RFC 822 3.4.3", "   {E}"),
            ("encoding-odd", "fold-before", Standing.Valid, "RFC 5322 2.2.3", "\r\n\t{E}"),
            ("encoding-odd", "comment-behind", Standing.Disputed, "valid by RFC 2045 6.1; issue 19 names it", "{E} (comment)"),
            ("encoding-odd", "comment-before", Standing.Disputed, "valid by RFC 2045 6.1; issue 19 names it", "(comment) {E}"),
            ("encoding-odd", "comment-naming-another", Standing.Disputed, "valid by RFC 2045 6.1; issue 19 names it", "{E} (not 7bit)"),
        ];
        foreach ((string name, string variant, Standing standing, string clause, string value) in rows)
        {
            yield return Leaf(TrickFamily.Encoding, name, variant, standing, clause, draft => draft.Encoded(), leaf =>
            {
                string encoding = leaf.Value("Content-Transfer-Encoding")!;
                string changed = value.Replace("{E}", encoding, StringComparison.Ordinal).Replace("{U}", encoding.ToUpperInvariant(), StringComparison.Ordinal);
                leaf.Set("Content-Transfer-Encoding", $"Content-Transfer-Encoding: {changed}");
            });
        }

        yield return Leaf(TrickFamily.Encoding, "encoding-odd", "declared-identity", Standing.Valid, "RFC 2045 6.2", draft => draft.TextLeaf(), leaf => leaf.Set("Content-Transfer-Encoding", "Content-Transfer-Encoding: binary"));
    }

    private static void Encode(Entity entity)
    {
        System.Text.StringBuilder text = new();
        Entity bare = new() { Boundary = entity.Boundary, Body = entity.Body, Separator = string.Empty };
        bare.Parts.AddRange(entity.Parts);
        bare.Write(text);
        entity.Body = Shapes.Base64(System.Text.Encoding.Latin1.GetBytes(text.ToString()));
        entity.Boundary = null;
        entity.Parts.Clear();
        entity.Fields.Add("Content-Transfer-Encoding: base64");
    }

    private static Trick Leaf(TrickFamily family, string name, string variant, Standing standing, string clause, Func<Draft, Entity?> where, Action<Entity> change) =>
        new(family, name, variant, standing, clause, draft =>
        {
            if (where(draft) is not { } entity)
            {
                return false;
            }

            change(entity);
            return true;
        });
}
