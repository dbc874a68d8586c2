namespace Gateway.Lab.Grammar;

/// <summary>Content-Type of multiparts: its grammar and the boundary parameter.</summary>
internal static class BoundaryTricks
{
    private const string Grammar = "RFC 2045 5.1";
    private const string Bchars = "RFC 2046 5.1.1";
    private const string Named = "valid by RFC 2045 5.1; issue 4 and rank 11 name it";

    public static IEnumerable<Trick> All() => [.. Values(), .. Boundaries(), .. Encoded()];

    /// <summary>{T} is the type with its subtype, {B} the boundary of the delimiter lines.</summary>
    private static IEnumerable<Trick> Values()
    {
        (string Name, string Variant, Standing Standing, string Clause, string Value)[] rows =
        [
            ("type-malformed", "no-slash", Standing.Broken, Grammar, "multipart; boundary=\"{B}\""),
            ("type-malformed", "no-subtype", Standing.Broken, Grammar, "multipart/; boundary=\"{B}\""),
            ("type-malformed", "empty", Standing.Broken, Grammar, ""),
            ("type-malformed", "only-parameters", Standing.Broken, Grammar, "boundary=\"{B}\""),
            ("type-malformed", "double-type", Standing.Broken, Grammar, "multipart/{T}; boundary=\"{B}\""),
            ("type-malformed", "quoted", Standing.Broken, Grammar, "\"{T}\"; boundary=\"{B}\""),
            ("type-malformed", "fold-in-token", Standing.Broken, Grammar, "multi\r\n part/mixed; boundary=\"{B}\""),
            ("type-malformed", "comma", Standing.Broken, Grammar, "{T}, text/plain; boundary=\"{B}\""),
            ("type-malformed", "backslash", Standing.Broken, Grammar, "multipart\\mixed; boundary=\"{B}\""),
            ("type-malformed", "encoded-word", Standing.Broken, "RFC 2047 5", "=?us-ascii?Q?multipart/mixed?=; boundary=\"{B}\""),
            ("type-malformed", "control", Standing.Broken, Grammar, "multipart\x01/mixed; boundary=\"{B}\""),
            ("type-malformed", "eight-bit", Standing.Broken, Grammar, "multipart/mix\xE9" + "d; boundary=\"{B}\""),
            ("type-malformed", "junk-behind", Standing.Broken, Grammar, "{T} text/plain; boundary=\"{B}\""),
            ("type-malformed", "glued-field", Standing.Broken, Grammar, "{T}; boundary=\"{B}\" Content-Transfer-Encoding: base64"),
            ("parameter-malformed", "no-semicolon", Standing.Broken, Grammar, "{T} boundary=\"{B}\""),
            ("parameter-malformed", "comma-for-semicolon", Standing.Broken, Grammar, "{T}, boundary=\"{B}\""),
            ("parameter-malformed", "double-semicolon", Standing.Broken, Grammar, "{T};; boundary=\"{B}\""),
            ("parameter-malformed", "blank-parameter", Standing.Broken, Grammar, "{T}; ; boundary=\"{B}\""),
            ("parameter-malformed", "no-equals", Standing.Broken, Grammar, "{T}; boundary \"{B}\""),
            ("parameter-malformed", "colon", Standing.Broken, Grammar, "{T}; boundary: \"{B}\""),
            ("parameter-malformed", "double-equals", Standing.Broken, Grammar, "{T}; boundary==\"{B}\""),
            ("parameter-malformed", "single-quotes", Standing.Broken, Grammar, "{T}; boundary='{B}'"),
            ("parameter-malformed", "open-quote", Standing.Broken, Grammar, "{T}; boundary=\"{B}"),
            ("parameter-malformed", "close-quote-only", Standing.Broken, Grammar, "{T}; boundary={B}\""),
            ("parameter-malformed", "junk-behind-quoted", Standing.Broken, Grammar, "{T}; boundary=\"{B}\"junk"),
            ("parameter-malformed", "blank-junk-behind-quoted", Standing.Broken, Grammar, "{T}; boundary=\"{B}\" junk"),
            ("parameter-malformed", "two-quoted", Standing.Broken, Grammar, "{T}; boundary=\"{B}\"\"x\""),
            ("parameter-malformed", "flag-before", Standing.Broken, Grammar, "{T}; flag; boundary=\"{B}\""),
            ("parameter-malformed", "no-name", Standing.Broken, Grammar, "{T}; =x; boundary=\"{B}\""),
            ("parameter-malformed", "quoted-name", Standing.Broken, Grammar, "{T}; \"boundary\"=\"{B}\""),
            ("parameter-malformed", "slash-in-name", Standing.Broken, Grammar, "{T}; x/boundary=\"other\"; boundary=\"{B}\""),
            ("parameter-trap", "prefix-name-quoted", Standing.Valid, Grammar, "{T}; note=\"x; boundary=other\"; boundary=\"{B}\""),
            ("parameter-trap", "similar-name", Standing.Valid, Grammar, "{T}; x-boundary=\"other\"; boundary=\"{B}\""),
            ("parameter-trap", "escaped-quote", Standing.Valid, Grammar, "{T}; note=\"\\\"; boundary=other; x=\\\"\"; boundary=\"{B}\""),
            ("parameter-malformed", "quote-escaped-away", Standing.Broken, Grammar, "{T}; note=\"a\\\"; boundary=\"{B}\""),
            ("parameter-malformed", "fold-in-name", Standing.Broken, Grammar, "{T}; boun\r\n dary=\"{B}\""),
            ("parameter-malformed", "trailing-semicolon", Standing.Broken, Grammar, "{T}; boundary=\"{B}\";"),
            ("boundary-missing", "none", Standing.Broken, Bchars, "{T}"),
            ("boundary-missing", "empty", Standing.Broken, Bchars, "{T}; boundary="),
            ("boundary-missing", "empty-quoted", Standing.Broken, Bchars, "{T}; boundary=\"\""),
            ("boundary-missing", "other-name", Standing.Broken, Bchars, "{T}; bound=\"{B}\""),
            ("duplicate-boundary", "true-first", Standing.Broken, Grammar, "{T}; boundary=\"{B}\"; boundary=\"other\""),
            ("duplicate-boundary", "true-last", Standing.Broken, Grammar, "{T}; boundary=\"other\"; boundary=\"{B}\""),
            ("duplicate-boundary", "case", Standing.Broken, Grammar, "{T}; Boundary=\"other\"; boundary=\"{B}\""),
            ("duplicate-boundary", "same", Standing.Broken, Grammar, "{T}; boundary=\"{B}\"; boundary=\"{B}\""),
            ("duplicate-boundary", "extended-other", Standing.Broken, "RFC 2231 3, 4", "{T}; boundary=\"{B}\"; boundary*=us-ascii''other"),
            ("duplicate-boundary", "sections-other", Standing.Broken, "RFC 2231 3", "{T}; boundary*0=\"oth\"; boundary*1=\"er\"; boundary=\"{B}\""),
            ("duplicate-parameter", "charset", Standing.Broken, Grammar, "{T}; charset=utf-8; charset=us-ascii; boundary=\"{B}\""),
            ("blanks-around-equals", "both", Standing.Disputed, "RFC 822 3.1.4 allows it, RFC 2045 5.1 shows none; rank 82", "{T}; boundary = \"{B}\""),
            ("blanks-around-equals", "fold", Standing.Disputed, "RFC 822 3.1.4 allows it, RFC 2045 5.1 shows none; rank 82", "{T}; boundary=\r\n \"{B}\""),
            ("blanks-around-slash", "both", Standing.Disputed, "RFC 822 3.1.4 allows it, RFC 2045 5.1 shows none", "multipart / mixed; boundary=\"{B}\""),
            ("comment-beside-boundary", "behind", Standing.Disputed, Named, "{T}; boundary=\"{B}\" (comment)"),
            ("comment-beside-boundary", "before", Standing.Disputed, Named, "{T}; boundary=(comment)\"{B}\""),
            ("comment-beside-boundary", "with-boundary", Standing.Disputed, Named, "{T}; boundary=\"{B}\" (; boundary=other)"),
            ("comment-in-type", "behind", Standing.Disputed, "valid by RFC 2045 5.1; issue 19 names it", "{T} (comment); boundary=\"{B}\""),
            ("comment-in-type", "before", Standing.Disputed, "valid by RFC 2045 5.1; issue 19 names it", "(comment) {T}; boundary=\"{B}\""),
            ("comment-in-type", "nested", Standing.Disputed, "valid by RFC 2045 5.1; issue 19 names it", "{T} (a (b) c); boundary=\"{B}\""),
            ("comment-in-type", "with-boundary", Standing.Disputed, Named, "{T} (; boundary=other); boundary=\"{B}\""),
            ("comment-in-type", "open", Standing.Broken, "RFC 822 3.3", "{T} (open; boundary=\"{B}\""),
            ("type-written-oddly", "folds", Standing.Valid, Grammar, "{T};\r\n\tboundary=\"{B}\""),
            ("type-written-oddly", "fold-before-semicolon", Standing.Valid, Grammar, "{T}\r\n ; boundary=\"{B}\""),
            ("type-written-oddly", "no-blanks", Standing.Valid, Grammar, "{T};boundary=\"{B}\""),
            ("type-written-oddly", "name-case", Standing.Valid, Grammar, "{T}; BOUNDARY=\"{B}\""),
            ("type-written-oddly", "other-parameters-first", Standing.Valid, Grammar, "{T}; charset=us-ascii; type=\"text/html\"; boundary=\"{B}\""),
            ("type-written-oddly", "other-parameters-last", Standing.Valid, Grammar, "{T}; boundary=\"{B}\"; charset=us-ascii; format=flowed"),
            ("type-written-oddly", "unknown-subtype", Standing.Valid, "RFC 2046 5.1.7", "multipart/x-unknown; boundary=\"{B}\""),
            ("type-written-oddly", "quoted-pairs", Standing.Valid, "RFC 822 3.4.4", "{T}; boundary=\"\\{B}\""),
        ];
        foreach ((string name, string variant, Standing standing, string clause, string value) in rows)
        {
            yield return Rewrite(name, variant, standing, clause, (_, type, boundary) => (value.Replace("{T}", type, StringComparison.Ordinal).Replace("{B}", boundary, StringComparison.Ordinal), boundary));
        }
    }

    /// <summary>Other boundaries, written alike in the field and on the delimiter lines.</summary>
    private static IEnumerable<Trick> Boundaries()
    {
        (string Variant, Standing Standing, string Clause, string Boundary, bool Quoted)[] rows =
        [
            ("all-bchars", Standing.Valid, Bchars, "a'()+_,-./:=?Z", true),
            ("blank-inside", Standing.Valid, Bchars, "two words", true),
            ("one-character", Standing.Valid, Bchars, "x", false),
            ("hyphens", Standing.Valid, Bchars, "----------=_Part_7", true),
            ("only-hyphens", Standing.Valid, Bchars, "----", false),
            ("seventy", Standing.Valid, Bchars, new string('s', 70), false),
            ("digits", Standing.Valid, Bchars, "000000000000", false),
            ("token-of-specials", Standing.Valid, Grammar, "'+_-.", false),
            ("colon-quoted", Standing.Valid, Bchars, "a:b", true),
            ("ends-with-hyphens", Standing.Valid, Bchars, "next--", true),
            ("looks-like-field", Standing.Valid, Bchars, "Content-Type: x", true),
            ("seventy-one", Standing.Broken, Bchars, new string('s', 71), false),
            ("two-hundred", Standing.Broken, Bchars, new string('s', 200), false),
            ("three-hundred", Standing.Broken, Bchars, new string('s', 300), false),
            ("trailing-blank", Standing.Broken, Bchars, "ends with ", true),
            ("leading-blank", Standing.Valid, Bchars, " starts", true),
            ("unquoted-equals", Standing.Broken, Grammar, "=_a=b", false),
            ("unquoted-colon", Standing.Broken, Grammar, "a:b", false),
            ("unquoted-slash", Standing.Broken, Grammar, "a/b", false),
            ("unquoted-question", Standing.Broken, Grammar, "a?b", false),
            ("unquoted-at", Standing.Broken, Grammar, "a@b", false),
            ("unquoted-comma", Standing.Broken, Grammar, "a,b", false),
            ("unquoted-brackets", Standing.Broken, Grammar, "[a]", false),
            ("unquoted-angles", Standing.Broken, Grammar, "<a>", false),
            ("unquoted-blank", Standing.Broken, Grammar, "two words", false),
            ("unquoted-parens", Standing.Broken, Grammar, "a(b)c", false),
            ("outside-grammar", Standing.Broken, Bchars, "a#b$c", false),
            ("outside-grammar-quoted", Standing.Broken, Bchars, "a;b{c}@", true),
            ("angle-quoted", Standing.Broken, Bchars, "<a>", true),
            ("control", Standing.Broken, Bchars, "a\x02" + "b", true),
            ("tab", Standing.Broken, Bchars, "a\tb", true),
            ("eight-bit", Standing.Broken, Bchars, "caf\xE9", true),
            ("utf8", Standing.Broken, Bchars, "caf\xC3\xA9", true),
            ("encoded-word-literal", Standing.Disputed, "valid by RFC 2046 5.1.1; issue 4 names it", "=?us-ascii?Q?abc?=", true),
        ];
        foreach ((string variant, Standing standing, string clause, string boundary, bool quoted) in rows)
        {
            yield return Rewrite("boundary-form", variant, standing, clause, (_, type, _) => ($"{type}; boundary={(quoted ? $"\"{boundary}\"" : boundary)}", boundary));
        }
    }

    private static IEnumerable<Trick> Encoded()
    {
        yield return Rewrite("boundary-encoded", "encoded-word", Standing.Broken, "RFC 2047 5", (_, type, _) => ($"{type}; boundary=\"=?us-ascii?Q?plainone?=\"", "plainone"));
        yield return Rewrite("boundary-encoded", "encoded-word-unquoted", Standing.Broken, "RFC 2047 5", (_, type, _) => ($"{type}; boundary==?us-ascii?B?cGxhaW5vbmU=?=", "plainone"));
        yield return Rewrite("boundary-encoded", "extended", Standing.Disputed, "valid by RFC 2231 4; rank 11 names it", (_, type, _) => ($"{type}; boundary*=us-ascii''plain%6Fne", "plainone"));
        yield return Rewrite("boundary-encoded", "sections", Standing.Disputed, "valid by RFC 2231 3; rank 11 names it", (_, type, _) => ($"{type}; boundary*0=\"plain\"; boundary*1=\"one\"", "plainone"));
        yield return Rewrite("boundary-encoded", "sections-reversed", Standing.Disputed, "valid by RFC 2231 3; rank 11 names it", (_, type, _) => ($"{type}; boundary*1=\"one\"; boundary*0=\"plain\"", "plainone"));
        yield return Rewrite("boundary-encoded", "section-gap", Standing.Broken, "RFC 2231 3", (_, type, _) => ($"{type}; boundary*0=\"plain\"; boundary*2=\"one\"", "plainone"));
        yield return Rewrite("boundary-encoded", "percent-literal", Standing.Broken, Bchars, (_, type, _) => ($"{type}; boundary=\"plain%6Fne\"", "plainone"));
        yield return Rewrite("boundary-encoded", "html-entity", Standing.Broken, Bchars, (_, type, _) => ($"{type}; boundary=\"plain&#111;ne\"", "plainone"));
        yield return Rewrite("boundary-encoded", "quoted-printable", Standing.Broken, Bchars, (_, type, _) => ($"{type}; boundary=\"plain=6Fne\"", "plainone"));
        yield return Rewrite("boundary-encoded", "fold-inside", Standing.Broken, "RFC 2046 5.1.1: the fold is no part of bchars", (_, type, _) => ($"{type}; boundary=\"plain\r\n one\"", "plain one"));
        yield return Rewrite("boundary-encoded", "fold-inside-joined", Standing.Broken, "RFC 5322 2.2.3: unfolding keeps the blank", (_, type, _) => ($"{type}; boundary=\"plain\r\n one\"", "plainone"));
        yield return Rewrite("boundary-mismatch", "case", Standing.Broken, Bchars, (_, type, _) => ($"{type}; boundary=\"MixedCase\"", "mixedcase"));
        yield return Rewrite("boundary-mismatch", "hyphens-in-field", Standing.Broken, Bchars, (_, type, _) => ($"{type}; boundary=\"--plainone\"", "plainone"));
        yield return Rewrite("boundary-mismatch", "blank-first", Standing.Broken, Bchars, (_, type, _) => ($"{type}; boundary=\" plainone\"", "plainone"));
        yield return Rewrite("boundary-mismatch", "quotes-on-lines", Standing.Broken, Bchars, (_, type, _) => ($"{type}; boundary=\"plainone\"", "\"plainone\""));
        yield return Rewrite("boundary-mismatch", "longer-in-field", Standing.Broken, Bchars, (_, type, _) => ($"{type}; boundary=\"plainone2\"", "plainone"));
        yield return Rewrite("boundary-mismatch", "shorter-in-field", Standing.Broken, Bchars, (_, type, _) => ($"{type}; boundary=\"plain\"", "plainone"));
    }

    private static Trick Rewrite(string name, string variant, Standing standing, string clause, Func<Draft, string, string, (string Value, string Boundary)> rewrite) =>
        new(TrickFamily.Boundary, name, variant, standing, clause, draft =>
        {
            if (draft.Multipart() is not { } multipart || multipart.Value("Content-Type") is not { } value)
            {
                return false;
            }

            string type = value.Split(';')[0];
            (string changed, string boundary) = rewrite(draft, type, multipart.Boundary!);
            multipart.Set("Content-Type", $"Content-Type: {changed}");
            multipart.Boundary = boundary;
            return true;
        });
}
