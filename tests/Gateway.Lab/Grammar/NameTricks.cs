namespace Gateway.Lab.Grammar;

/// <summary>File names: in pieces, out of their grammar, beside comments, with controls, in two fields.</summary>
internal static class NameTricks
{
    private const string Pieces = "RFC 2231 3";
    private const string Grammar = "RFC 2183 2, RFC 2045 5.1";
    private const string Named = "valid by the letter of RFC 2183 and RFC 2231; issue 19 names it";

    public static IEnumerable<Trick> All() => [.. Rows(Usual), .. Rows(InPieces), .. Rows(OutOfGrammar), .. Rows(Beside), .. InTypeOnly()];

    private static readonly (string Variant, Standing Standing, string Clause, string? Type, string Disposition)[] Usual =
    [
        ("differ", Standing.Disputed, "valid by RFC 2183 2; rank 54 and issue 4 name it", "name=\"a.txt\"", "attachment; filename=\"b.exe\""),
        ("extended", Standing.Valid, "RFC 2231 4", "name*=utf-8''caf%C3%A9.bin", "attachment; filename*=utf-8''caf%C3%A9.bin"),
        ("sections", Standing.Valid, "RFC 2231 3", "name=\"ab.bin\"", "attachment; filename*0=\"a\"; filename*1=\"b.bin\""),
        ("sections-extended", Standing.Valid, "RFC 2231 4.1", "name=\"ab.bin\"", "attachment; filename*0*=utf-8''caf%C3; filename*1*=%A9; filename*2=\".bin\""),
        ("section-gap", Standing.Broken, "RFC 2231 3", "name=\"ab.bin\"", "attachment; filename*0=\"a\"; filename*2=\"b.bin\""),
        ("section-doubled", Standing.Broken, "RFC 2231 3", "name=\"ab.bin\"", "attachment; filename*0=\"a\"; filename*0=\"x\"; filename*1=\"b.bin\""),
        ("bad-percent", Standing.Broken, "RFC 2231 7", "name=\"ab.bin\"", "attachment; filename*=utf-8''caf%C3%ZZ.bin"),
        ("encoded-word", Standing.Broken, "RFC 2047 5", "name=\"=?utf-8?Q?caf=C3=A9.bin?=\"", "attachment; filename=\"=?utf-8?Q?caf=C3=A9.bin?=\""),
        ("twice", Standing.Broken, "RFC 2183 2, RFC 2045 5.1", "name=\"a.txt\"", "attachment; filename=\"a.txt\"; filename=\"b.exe\""),
        ("plain-and-extended", Standing.Valid, "RFC 6266 4.3, practice", "name=\"cafe.bin\"", "attachment; filename=\"cafe.bin\"; filename*=utf-8''caf%C3%A9.bin"),
        ("path", Standing.Valid, "RFC 2183 2.3", "name=\"a.txt\"", "attachment; filename=\"../../etc/passwd\""),
        ("quoted-pairs", Standing.Valid, "RFC 822 3.4.4", "name=\"a\\\"b.bin\"", "attachment; filename=\"a\\\"b.bin\""),
        ("comment", Standing.Valid, "RFC 2183 2, RFC 822 3.4.3", "name=\"a.bin\"", "attachment (comment); filename=\"a.bin\""),
        ("unquoted", Standing.Broken, "RFC 2183 2", "name=a b.bin", "attachment; filename=a b.bin"),
        ("trailing-dot", Standing.Valid, "RFC 2183 2.3", "name=\"a.exe.\"", "attachment; filename=\"a.exe.\""),
        ("unknown-disposition", Standing.Valid, "RFC 2183 2.8", "name=\"a.bin\"", "x-special; filename=\"a.bin\""),
        ("empty-name", Standing.Valid, "RFC 2183 2", "name=\"\"", "attachment; filename=\"\""),
        ("eight-bit", Standing.Broken, "RFC 2183 2, RFC 5322 2.2", "name=\"caf\xE9.bin\"", "attachment; filename=\"caf\xE9.bin\""),
    ];

    private static readonly (string Variant, Standing Standing, string Clause, string? Type, string Disposition)[] InPieces =
    [
        ("gap-over-ending", Standing.Broken, Pieces, null, "attachment; filename*0=\"notes.\"; filename*2=\"zip\""),
        ("gap-beside-plain", Standing.Broken, Pieces, null, "attachment; filename=\"notes.pdf\"; filename*0=\"notes.\"; filename*2=\"zip\""),
        ("gap-behind-ending", Standing.Broken, Pieces, null, "attachment; filename*0=\"notes.txt\"; filename*2=\".js\""),
        ("no-first-piece", Standing.Broken, Pieces, null, "attachment; filename*1=\"notes.\"; filename*2=\"zip\""),
        ("no-first-piece-plain-behind", Standing.Broken, Pieces, null, "attachment; filename*1=\"notes.js\"; filename=\"notes.txt\""),
        ("first-piece-twice", Standing.Broken, Pieces, null, "attachment; filename*0=\"a.js\"; filename*0=\"b.txt\""),
        ("last-piece-twice", Standing.Broken, Pieces, null, "attachment; filename*0=\"a.\"; filename*1=\"js\"; filename*1=\"txt\""),
        ("number-with-zero", Standing.Broken, Pieces, null, "attachment; filename*00=\"notes.\"; filename*01=\"js\""),
        ("number-is-none", Standing.Broken, Pieces, null, "attachment; filename*x=\"notes.js\"; filename=\"notes.txt\""),
        ("whole-and-pieces", Standing.Broken, Pieces, null, "attachment; filename*=utf-8''notes.txt; filename*0=\"notes.\"; filename*1=\"js\""),
        ("charset-in-later-piece", Standing.Broken, "RFC 2231 4.1", null, "attachment; filename*0=\"notes.\"; filename*1*=utf-8''js"),
        ("no-charset", Standing.Broken, "RFC 2231 4", null, "attachment; filename*=notes.js; filename=\"notes.txt\""),
        ("percent-before-ending", Standing.Broken, "RFC 2231 7", null, "attachment; filename*=utf-8''notes.txt%.js"),
        ("reversed", Standing.Disputed, Named, null, "attachment; filename*1=\"notes.\"; filename*0=\"zip\""),
        ("reversed-beside-plain", Standing.Disputed, Named, null, "attachment; filename=\"notes.pdf\"; filename*1=\"notes.\"; filename*0=\"zip\""),
        ("encoded-line-end", Standing.Disputed, Named, null, "attachment; filename*=utf-8''notes.txt%0A.js"),
        ("encoded-nul", Standing.Disputed, Named, null, "attachment; filename*=utf-8''notes.txt%00.js"),
    ];

    private static readonly (string Variant, Standing Standing, string Clause, string? Type, string Disposition)[] OutOfGrammar =
    [
        ("semicolon-in-token", Standing.Broken, Grammar, null, "attachment; filename=notes.txt;.js"),
        ("quote-in-token", Standing.Broken, Grammar, null, "attachment; filename=notes\".js"),
        ("quotes-in-token", Standing.Broken, Grammar, null, "attachment; filename=notes.txt\".js\""),
        ("escape-in-token", Standing.Broken, Grammar, null, "attachment; filename=notes\\\".js"),
        ("escaped-semicolon", Standing.Broken, Grammar, null, "attachment; filename=notes.txt\\;.js"),
        ("blank-then-ending", Standing.Broken, Grammar, null, "attachment; filename=notes.txt .js"),
        ("blank-then-program", Standing.Broken, Grammar, null, "attachment; filename=Scan 2026.js"),
        ("blank-then-document", Standing.Broken, Grammar, null, "attachment; filename=Scan of today.pdf"),
        ("tab-then-ending", Standing.Broken, Grammar, null, "attachment; filename=notes.txt\t.js"),
        ("fold-then-ending", Standing.Broken, Grammar, null, "attachment; filename=notes.txt\r\n .js"),
        ("comma", Standing.Broken, Grammar, null, "attachment; filename=notes,a.js"),
        ("colon", Standing.Broken, Grammar, null, "attachment; filename=notes.txt:a.js"),
        ("equals", Standing.Broken, Grammar, null, "attachment; filename=notes=a.js"),
        ("slash", Standing.Broken, Grammar, null, "attachment; filename=notes.txt/a.js"),
        ("at", Standing.Broken, Grammar, null, "attachment; filename=notes.txt@a.js"),
        ("brackets", Standing.Broken, Grammar, null, "attachment; filename=notes[1].js"),
        ("question", Standing.Broken, Grammar, null, "attachment; filename=notes.txt?.js"),
        ("open-quote", Standing.Broken, Grammar, null, "attachment; filename=\"notes.txt .js"),
        ("open-quote-then-parameter", Standing.Broken, Grammar, null, "attachment; filename=\"notes.txt; size=1.js"),
        ("two-strings", Standing.Broken, Grammar, null, "attachment; filename=\"notes\" \".js\""),
        ("text-behind-string", Standing.Broken, Grammar, null, "attachment; filename=\"notes.txt\".js"),
        ("text-before-string", Standing.Broken, Grammar, null, "attachment; filename=notes.txt\"a.js\""),
        ("no-type", Standing.Broken, Grammar, null, "filename=notes.js"),
        ("no-type-semicolon", Standing.Broken, Grammar, null, "; filename=notes.js"),
        ("no-semicolon", Standing.Broken, Grammar, "name=\"notes.txt\"", "attachment filename=notes.js"),
        ("two-semicolons", Standing.Broken, Grammar, null, "attachment;; filename=notes.js"),
        ("comma-for-semicolon", Standing.Broken, Grammar, "name=\"notes.txt\"", "attachment, filename=notes.js"),
        ("blank-in-attribute", Standing.Broken, Grammar, "name=\"notes.txt\"", "attachment; file name=notes.js"),
        ("quoted-attribute", Standing.Broken, Grammar, "name=\"notes.txt\"", "attachment; \"filename\"=notes.js"),
        ("comment-in-attribute", Standing.Broken, Grammar, "name=\"notes.txt\"", "attachment; file(x)name=notes.js"),
        ("comment-in-value", Standing.Broken, Grammar, null, "attachment; filename=notes.t(x).js"),
        ("open-comment", Standing.Broken, "RFC 822 3.3", null, "attachment; filename=notes.js(x"),
        ("field-swallowed", Standing.Broken, Grammar, null, "attachment; filename=notes.js\r\n Content-Description: notes.txt"),
        ("single-quotes-half", Standing.Broken, Grammar, null, "attachment; filename=\"notes.txt';.js"),
        ("twice-other-ending", Standing.Broken, Grammar, null, "attachment; filename=notes.txt; FILENAME=notes.js"),
        ("blank-around-equals", Standing.Broken, Grammar, "name=\"notes.txt\"", "attachment; filename = \"notes.js\""),
    ];

    private static readonly (string Variant, Standing Standing, string Clause, string? Type, string Disposition)[] Beside =
    [
        ("comment-behind", Standing.Disputed, Named, null, "attachment; filename=notes.js (.txt)"),
        ("comment-before-equals", Standing.Disputed, Named, null, "attachment; filename(x)=notes.js"),
        ("escape-in-ending", Standing.Disputed, Named, null, "attachment; filename=\"notes.j\\s\""),
        ("fold-in-ending", Standing.Disputed, Named, null, "attachment; filename=\"notes.j\r\n s\""),
        ("stray-name", Standing.Disputed, Named, null, "attachment; name=\"notes.js\"; filename=\"notes.txt\""),
        ("none-against-program", Standing.Disputed, Named, "name=\"notes\"", "attachment; filename=\"notes.vhdx\""),
        ("none-against-link", Standing.Disputed, Named, "name=\"notes\"", "attachment; filename=\"notes.library-ms\""),
        ("none-against-archive", Standing.Valid, "RFC 2183 2", "name=\"notes\"", "attachment; filename=\"notes.zip\""),
        ("none-against-document", Standing.Valid, "RFC 2183 2", "name=\"notes\"", "attachment; filename=\"notes.pdf\""),
        ("quoted-semicolon", Standing.Valid, "RFC 2183 2", null, "attachment; filename=\"notes;.pdf\""),
        ("quoted-parentheses", Standing.Valid, "RFC 2183 2", null, "attachment; filename=\"notes (1).pdf\""),
        ("quoted-specials", Standing.Valid, "RFC 2183 2", null, "attachment; filename=\"a@b, [c]: d=e?.pdf\""),
        ("several-dots", Standing.Valid, "RFC 2183 2", null, "attachment; filename=\"notes.2026.03.02.pdf\""),
    ];

    private static IEnumerable<Trick> Rows((string Variant, Standing Standing, string Clause, string? Type, string Disposition)[] rows)
    {
        foreach ((string variant, Standing standing, string clause, string? type, string disposition) in rows)
        {
            yield return Make(variant, standing, clause, type is null ? string.Empty : $"; {type}", disposition);
        }
    }

    /// <summary>The flaws of the grammar again, in the name of Content-Type, with no Content-Disposition beside it.</summary>
    private static IEnumerable<Trick> InTypeOnly()
    {
        foreach ((string variant, Standing standing, string clause, string? type, string disposition) in InPieces.Concat(OutOfGrammar))
        {
            const string Kind = "attachment";
            if (type is null && disposition.StartsWith(Kind, StringComparison.Ordinal))
            {
                yield return Make($"type-{variant}", standing, clause, disposition[Kind.Length..].Replace("filename", "name", StringComparison.OrdinalIgnoreCase), null);
            }
        }
    }

    private static Trick Make(string variant, Standing standing, string clause, string type, string? disposition) =>
        new(TrickFamily.Name, "file-name", variant, standing, clause, draft =>
        {
            if (draft.Named() is not { } leaf)
            {
                return false;
            }

            leaf.Set("Content-Type", $"Content-Type: application/octet-stream{type}");
            if (disposition is null)
            {
                leaf.Fields.RemoveAt(leaf.Find("Content-Disposition"));
            }
            else
            {
                leaf.Set("Content-Disposition", $"Content-Disposition: {disposition}");
            }

            return true;
        });
}
