namespace Gateway.Lab.Grammar;

/// <summary>Delimiter lines, preambles and epilogues, and boundaries that collide.</summary>
internal static class DelimiterTricks
{
    private const string Lines = "RFC 2046 5.1.1";

    public static IEnumerable<Trick> All() => [.. Tails(), .. Closes(), .. Outside(), .. Structure(), .. Collisions()];

    private static IEnumerable<Trick> Tails()
    {
        foreach ((string variant, Standing standing, string tail) in new[]
        {
            ("space", Standing.Valid, " "), ("tabs", Standing.Valid, "\t\t"), ("spaces", Standing.Valid, "     "), ("text", Standing.Broken, " part two"), ("letter", Standing.Broken, "x"),
            ("hyphen", Standing.Broken, "-"), ("three-hyphens", Standing.Broken, "---"), ("close-and-text", Standing.Broken, "--x"), ("blank-hyphens", Standing.Broken, " --"),
            ("semicolon", Standing.Broken, ";"), ("control", Standing.Broken, "\x01"), ("form-feed", Standing.Broken, "\f"), ("vertical-tab", Standing.Broken, "\v"), ("eight-bit", Standing.Broken, "\xA0"), ("comment", Standing.Broken, " (two)"), ("quote", Standing.Broken, "\""),
        })
        {
            yield return Multipart("delimiter-tail", $"first-{variant}", standing, Lines, (multipart, _) => multipart.Delimiters[0] = $"--{multipart.Boundary}{tail}");
            yield return Multipart("delimiter-tail", $"last-{variant}", standing, Lines, (multipart, _) => multipart.Delimiters[multipart.Parts.Count - 1] = $"--{multipart.Boundary}{tail}");
            yield return Multipart("close-tail", variant, standing, Lines, (multipart, draft) =>
            {
                multipart.Close = $"--{multipart.Boundary}--{tail}";
                multipart.Epilogue = multipart == draft.Root ? "this is the epilogue" : string.Empty;
            });
        }

        foreach ((string variant, Standing standing, string start) in new[]
        {
            ("space", Standing.Valid, " --"), ("tab", Standing.Valid, "\t--"), ("one-hyphen", Standing.Valid, "-"), ("three-hyphens", Standing.Valid, "---"),
            ("bom", Standing.Valid, "\xEF\xBB\xBF--"), ("quote-mark", Standing.Valid, "> --"), ("stuffed-dot", Standing.Valid, ".--"),
        })
        {
            yield return Multipart("delimiter-start", $"second-{variant}", standing, Lines + ": no delimiter, so text of the part before", (multipart, _) => multipart.Delimiters[1] = $"{start}{multipart.Boundary}", StartsWithText);
        }
    }

    private static IEnumerable<Trick> Closes()
    {
        yield return Multipart("no-close", "end-of-message", Standing.Broken, Lines, (multipart, _) => multipart.Close = string.Empty);
        yield return Multipart("no-close", "one-hyphen", Standing.Broken, Lines, (multipart, _) => multipart.Close = $"--{multipart.Boundary}-");
        yield return Multipart("no-close", "plain-delimiter", Standing.Broken, Lines, (multipart, _) => multipart.Close = $"--{multipart.Boundary}");
        yield return Nested("no-close", "inner-ended-by-outer", Standing.Broken, Lines, (_, inner) => inner.Close = string.Empty);
        yield return Multipart("no-delimiter", "only-close", Standing.Broken, Lines + ": at least one part", (multipart, _) =>
        {
            multipart.Parts.Clear();
            multipart.Preamble = "nothing here\r\n";
        });
        yield return Multipart("no-delimiter", "nothing", Standing.Broken, Lines + ": at least one part", (multipart, _) =>
        {
            multipart.Parts.Clear();
            multipart.Close = string.Empty;
            multipart.Preamble = "nothing here";
        });
        yield return Multipart("no-delimiter", "first-missing", Standing.Broken, Lines, (multipart, _) => multipart.Delimiters[0] = "no delimiter here");
        yield return Multipart("delimiter-doubled", "first", Standing.Broken, Lines + ": each delimiter begins with its own line end", (multipart, _) => multipart.Delimiters[0] = $"--{multipart.Boundary}\r\n--{multipart.Boundary}");
        yield return Multipart("delimiter-doubled", "blank-between", Standing.Valid, Lines + ": an empty part", (multipart, _) => multipart.Delimiters[0] = $"--{multipart.Boundary}\r\n\r\n--{multipart.Boundary}");
        yield return Multipart("delimiter-in-body", "with-tail", Standing.Broken, Lines, (multipart, _) => AppendToLast(multipart, $"--{multipart.Boundary} continued\r\nmore text"));
        yield return Multipart("delimiter-in-body", "longer", Standing.Broken, Lines, (multipart, _) => AppendToLast(multipart, $"--{multipart.Boundary}2\r\nmore text"));
        yield return Multipart("delimiter-in-body", "inside-line", Standing.Valid, Lines, (multipart, _) => AppendToLast(multipart, $"see --{multipart.Boundary} above"));
        yield return Multipart("delimiter-in-body", "without-hyphens", Standing.Valid, Lines, (multipart, _) => AppendToLast(multipart, multipart.Boundary!));
        yield return Multipart("delimiter-in-body", "case-changed", Standing.Valid, Lines, (multipart, _) => AppendToLast(multipart, $"--{Swap(multipart.Boundary!)}\r\nmore text"), HasLetters);
        yield return Multipart("delimiter-in-header", "of-part", Standing.Broken, Lines, (multipart, _) => multipart.Parts[0].Fields.Insert(0, $"X-Note: one\r\n--{multipart.Boundary}"));
        yield return Multipart("delimiter-in-header", "with-colon", Standing.Broken, Lines, (multipart, _) => multipart.Parts[0].Fields.Insert(0, $"--{multipart.Boundary}: field"));
        yield return Multipart("delimiter-in-header", "own-header-folded", Standing.Valid, "RFC 5322 2.2.3", (multipart, _) => multipart.Fields.Add($"X-Note: one\r\n --{multipart.Boundary}"));
    }

    private static IEnumerable<Trick> Outside()
    {
        yield return Multipart("preamble", "text", Standing.Valid, Lines, (multipart, _) => multipart.Preamble = "This is a message in MIME format.\r\n");
        yield return Multipart("preamble", "lines", Standing.Valid, Lines, (multipart, draft) => multipart.Preamble = $"\r\n\r\n{Words.Lines(draft.Random, 3)}\r\n\r\n");
        yield return Multipart("preamble", "dashes", Standing.Valid, Lines, (multipart, _) => multipart.Preamble = "--\r\n--other\r\n");
        yield return Multipart("preamble", "looks-like-mime", Standing.Disputed, "valid by RFC 2046 5.1.1; rank 26 names it", (multipart, _) => multipart.Preamble = "Content-Type: text/html\r\n\r\n<p>hidden</p>\r\n");
        yield return Multipart("epilogue", "text", Standing.Valid, Lines, (multipart, _) => multipart.Epilogue = "This is the epilogue.");
        yield return Multipart("epilogue", "lines", Standing.Valid, Lines, (multipart, draft) => multipart.Epilogue = $"\r\n\r\n{Words.Lines(draft.Random, 3)}\r\n");
        yield return Multipart("epilogue", "looks-like-mime", Standing.Disputed, "valid by RFC 2046 5.1.1; rank 26 names it", (multipart, _) => multipart.Epilogue = "Content-Type: text/html\r\n\r\n<p>hidden</p>");
        yield return Multipart("epilogue", "delimiter", Standing.Disputed, "valid by RFC 2046 5.1.1; rank 57 names it", (multipart, _) => multipart.Epilogue = $"--{multipart.Boundary}\r\nContent-Type: text/html\r\n\r\n<p>hidden</p>\r\n--{multipart.Boundary}--");
        yield return Multipart("epilogue", "second-close", Standing.Disputed, "valid by RFC 2046 5.1.1; rank 102 names it", (multipart, _) => multipart.Epilogue = $"--{multipart.Boundary}--");
    }

    private static IEnumerable<Trick> Structure()
    {
        yield return Parts("part-without-fields", "first", Standing.Valid, Lines, (multipart, draft) => multipart.Parts.Insert(0, new Entity { Body = Words.Sentence(draft.Random) }));
        yield return Parts("part-without-fields", "empty", Standing.Valid, Lines, (multipart, _) => multipart.Parts.Add(new Entity()));
        yield return Parts("one-part", "text", Standing.Valid, Lines, (multipart, _) => multipart.Parts.RemoveRange(1, multipart.Parts.Count - 1));
        yield return Parts("many-parts", "twenty", Standing.Valid, Lines, (multipart, draft) =>
        {
            for (int i = 0; i < 20; i++)
            {
                Entity part = new() { Body = Words.Sentence(draft.Random) };
                part.Fields.Add("Content-Type: text/plain");
                multipart.Parts.Add(part);
            }
        });
        yield return Parts("digest", "default-type", Standing.Valid, "RFC 2046 5.1.5", (multipart, draft) =>
        {
            multipart.Fields[multipart.Find("Content-Type")] = $"Content-Type: multipart/digest; boundary=\"{multipart.Boundary}\"";
            multipart.Parts.Clear();
            for (int i = 0; i < 2; i++)
            {
                multipart.Parts.Add(new Entity { Body = $"From: carol@example.net\r\nSubject: {draft.Word()}\r\nDate: Mon, 02 Mar 2026 09:00:00 +0000\r\n\r\n{Words.Sentence(draft.Random)}" });
            }
        });
    }

    private static IEnumerable<Trick> Collisions()
    {
        yield return Nested("boundary-collision", "equal", Standing.Broken, "RFC 2046 5.1.2", (outer, inner) => Rename(inner, outer.Boundary!));
        yield return Nested("boundary-collision", "inner-longer", Standing.Broken, "RFC 2046 5.1.1, 5.1.2", (outer, inner) => Rename(inner, outer.Boundary + "2"));
        yield return Nested("boundary-collision", "inner-longer-by-hyphens", Standing.Broken, "RFC 2046 5.1.1, 5.1.2", (outer, inner) => Rename(inner, outer.Boundary + "--"));
        yield return Nested("boundary-collision", "outer-longer", Standing.Disputed, "valid by RFC 2046 5.1.1 once the inner is closed; rank 25 names it", (outer, inner) => Rename(inner, outer.Boundary![..^1]));
        yield return Nested("boundary-collision", "differ-by-case", Standing.Valid, "RFC 2046 5.1.1", (outer, inner) => Rename(inner, Swap(outer.Boundary!)));
        yield return Nested("outer-delimiter-inside", "of-inner-body", Standing.Broken, "RFC 2046 5.1.2", (outer, inner) => AppendToLast(inner, $"--{outer.Boundary}\r\n\r\nmore text"));
        yield return Nested("outer-delimiter-inside", "close-of-outer", Standing.Broken, "RFC 2046 5.1.2", (outer, inner) => AppendToLast(inner, $"--{outer.Boundary}--\r\nmore text"));
        yield return Nested("outer-delimiter-inside", "before-inner", Standing.Broken, "RFC 2046 5.1.2", (outer, inner) => inner.Preamble = $"--{outer.Boundary}\r\n\r\nmore text\r\n");
    }

    private static Trick Parts(string name, string variant, Standing standing, string clause, Action<Entity, Draft> change) =>
        Multipart(name, variant, standing, clause, change) with { Family = TrickFamily.Structure };

    private static Trick Multipart(string name, string variant, Standing standing, string clause, Action<Entity, Draft> change, Func<Entity, bool>? fits = null) =>
        new(TrickFamily.Delimiter, name, variant, standing, clause, draft =>
        {
            if (draft.Multipart() is not { } multipart || fits?.Invoke(multipart) == false)
            {
                return false;
            }

            change(multipart, draft);
            return true;
        });

    private static Trick Nested(string name, string variant, Standing standing, string clause, Action<Entity, Entity> change) =>
        new(TrickFamily.Delimiter, name, variant, standing, clause, draft =>
        {
            // A trick about headers may have left a multipart without a Content-Type to write anew.
            if (draft.Nested() is not var (outer, inner) || outer.Find("Content-Type") < 0 || inner.Find("Content-Type") < 0
                || (variant == "differ-by-case" && !HasLetters(outer)))
            {
                return false;
            }

            change(outer, inner);
            return true;
        });

    /// <summary>The first part takes any text without breaking its own encoding, and another follows.</summary>
    private static bool StartsWithText(Entity multipart) =>
        multipart.Parts.Count > 1 && multipart.Parts[0].IsLeaf && !Draft.IsEncoded(multipart.Parts[0]) && multipart.Parts[0].Find("Content-Type") >= 0;

    private static bool HasLetters(Entity multipart) => Swap(multipart.Boundary!) != multipart.Boundary;

    /// <summary>Text behind the body of the last leaf, a line of its own.</summary>
    private static void AppendToLast(Entity multipart, string text)
    {
        Entity leaf = multipart.All().Last(entity => entity.IsLeaf);
        if (Draft.IsEncoded(leaf))
        {
            leaf = new Entity { Body = "a last part" };
            multipart.Parts.Add(leaf);
        }

        leaf.Body = $"{leaf.Body}\r\n{text}";
    }

    private static void Rename(Entity multipart, string boundary)
    {
        multipart.Fields[multipart.Find("Content-Type")] = $"Content-Type: multipart/mixed; boundary=\"{boundary}\"";
        multipart.Boundary = boundary;
    }

    private static string Swap(string text) =>
        string.Concat(text.Select(letter => char.IsAsciiLetterLower(letter) ? char.ToUpperInvariant(letter) : char.ToLowerInvariant(letter)));
}
