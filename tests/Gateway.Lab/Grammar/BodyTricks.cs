namespace Gateway.Lab.Grammar;

/// <summary>Encoded bodies that decoders read differently, and line ends and NUL over the whole message.</summary>
internal static class BodyTricks
{
    private const string Alphabet = "RFC 2045 6.8";
    private const string Quoted = "RFC 2045 6.7";

    public static IEnumerable<Trick> All() => [.. Base64(), .. QuotedPrintable(), .. Wire()];

    private static IEnumerable<Trick> Base64()
    {
        foreach ((string variant, string stray) in new[]
        {
            ("exclamation", "!"), ("hyphen", "-"), ("underscore", "_"), ("dot", "."), ("comma", ","), ("star", "*"), ("backslash", "\\"),
            ("control", "\x01"), ("eight-bit", "\xE9"), ("utf8-bom", "\xEF\xBB\xBF"), ("nbsp", "\xA0"), ("angle", "<"), ("words", " stop "),
        })
        {
            yield return Body("base64-stray", $"{variant}-inside", Standing.Broken, Alphabet, "base64", (body, _) => body.Insert(22, stray));
        }

        yield return Body("base64-stray", "line-of-text-inside", Standing.Broken, Alphabet, "base64", (body, _) => body.Insert(body.IndexOf('\n', StringComparison.Ordinal) + 1, "***\r\n"));
        yield return Body("base64-stray", "text-before", Standing.Broken, Alphabet, "base64", (body, _) => $"*** begin ***\r\n{body}");
        yield return Body("base64-stray", "text-behind", Standing.Broken, Alphabet, "base64", (body, draft) => $"{body}\r\n-- \r\nlist footer: {draft.Word()}");
        yield return Body("base64-stray", "words-behind", Standing.Broken, Alphabet, "base64", (body, draft) => $"{body}\r\n{draft.Word()}");
        yield return Body("base64-padding", "inside-one", Standing.Broken, Alphabet, "base64", (body, _) => body.Insert(24, "="));
        yield return Body("base64-padding", "inside-two", Standing.Broken, Alphabet, "base64", (body, _) => body.Insert(22, "=="));
        yield return Body("base64-padding", "two-encodings-joined", Standing.Broken, Alphabet, "base64", (body, _) => $"SGVsbG8=\r\n{body}");
        yield return Body("base64-padding", "two-encodings-on-a-line", Standing.Broken, Alphabet, "base64", (body, _) => $"SGVsbA=={body}");
        yield return Body("base64-padding", "first", Standing.Broken, Alphabet, "base64", (body, _) => $"=\r\n{body}");
        yield return Body("base64-padding", "missing", Standing.Broken, Alphabet, "base64", (body, _) => body.TrimEnd('='));
        yield return Body("base64-padding", "one-symbol-too-many", Standing.Broken, Alphabet, "base64", (body, _) => CutTo(body, 1));
        yield return Body("base64-padding", "one-of-two", Standing.Broken, Alphabet, "base64", (body, _) => body.EndsWith("==", StringComparison.Ordinal) ? body[..^1] : body);
        yield return Body("base64-padding", "three", Standing.Broken, Alphabet, "base64", (body, _) => body.TrimEnd('=') + "===");
        yield return Body("base64-padding", "excess", Standing.Broken, Alphabet, "base64", (body, _) => body + "==");
        yield return Body("base64-padding", "excess-line", Standing.Broken, Alphabet, "base64", (body, _) => body + "\r\n====");
        yield return Body("base64-padding", "data-behind", Standing.Broken, Alphabet, "base64", (body, _) => body + "\r\nSGVsbG8gd29ybGQh");
        yield return Body("base64-padding", "on-own-line", Standing.Valid, Alphabet, "base64", (body, _) => body.TrimEnd('=') + "\r\n" + new string('=', body.Length - body.TrimEnd('=').Length));
        yield return Body("base64-trailing-bits", "set", Standing.Broken, "RFC 4648 3.5", "base64", (body, _) => TrailingBits(body));
        yield return Body("base64-lines", "one-line", Standing.Broken, "RFC 2045 6.8: at most 76", "base64", (body, _) => body.Replace("\r\n", string.Empty, StringComparison.Ordinal));
        yield return Body("base64-lines", "short", Standing.Valid, Alphabet, "base64", (body, _) => Lines(body, 7));
        yield return Body("base64-lines", "one-character", Standing.Valid, Alphabet, "base64", (body, _) => Lines(body, 1));
        yield return Body("base64-lines", "empty-lines", Standing.Valid, "RFC 2045 6.8: line breaks are ignored", "base64", (body, _) => body.Replace("\r\n", "\r\n\r\n", StringComparison.Ordinal));
        yield return Body("base64-lines", "empty-line-first", Standing.Valid, "RFC 2045 6.8: line breaks are ignored", "base64", (body, _) => $"\r\n\r\n{body}");
        yield return Body("base64-lines", "blanks-behind", Standing.Broken, Alphabet, "base64", (body, _) => body.Replace("\r\n", "  \r\n", StringComparison.Ordinal));
        yield return Body("base64-lines", "indented", Standing.Broken, Alphabet, "base64", (body, _) => " " + body.Replace("\r\n", "\r\n ", StringComparison.Ordinal));
        yield return Body("base64-lines", "blank-inside", Standing.Broken, Alphabet, "base64", (body, _) => body.Insert(10, " "));
        yield return Body("base64-lines", "empty-body", Standing.Valid, Alphabet, "base64", (_, _) => string.Empty);
    }

    private static IEnumerable<Trick> QuotedPrintable()
    {
        foreach ((string variant, Standing standing, string text) in new[]
        {
            ("illegal-letters", Standing.Disputed, "a=ZZb"), ("one-digit", Standing.Disputed, "a=4 b"), ("one-digit-letter", Standing.Disputed, "a=4Gb"), ("double-equals", Standing.Broken, "a==41b"),
            ("equals-blank", Standing.Disputed, "a= b"), ("equals-at-quote", Standing.Disputed, "<a href=\"x\">b</a>"), ("lower-case", Standing.Broken, "caf=c3=a9"),
            ("mixed-case", Standing.Broken, "caf=C3=a9"), ("raw-eight-bit", Standing.Broken, "caf\xC3\xA9"), ("control", Standing.Broken, "a\x07" + "b"),
            ("equals-x", Standing.Disputed, "a=x41b"), ("url", Standing.Disputed, "http://example.org/?a=1&b=yes"), ("encoded-nul", Standing.Valid, "a=00b"), ("encoded-lines", Standing.Valid, "a=0D=0Ab"),
            ("encoded-plain", Standing.Valid, "=41=42=43"), ("all-encoded-equals", Standing.Valid, "=3D=3D41"), ("soft-breaks", Standing.Valid, "a=\r\nb=\r\nc"),
            ("soft-break-before-empty", Standing.Valid, "a=\r\n\r\nb"), ("soft-break-inside-word", Standing.Valid, "hal=\r\nf"), ("soft-break-padding", Standing.Disputed, "a= \r\nb"),
            ("trailing-blank", Standing.Disputed, "a  \r\nb\t"), ("encoded-trailing-blank", Standing.Valid, "a=20\r\nb=09"), ("dot", Standing.Valid, "=2E\r\n=2E=2E"), ("dashes-encoded", Standing.Valid, "=2D-x"),
            ("escape-cut-by-line", Standing.Broken, "a=4\r\n1b"), ("escape-over-soft-break", Standing.Broken, "a=4=\r\n1b"),
        })
        {
            yield return Body("quoted-printable", variant, standing, Quoted, "quoted-printable", (body, draft) => $"{body}\r\n{text} {draft.Word()}");
        }

        foreach (string text in new[] { "a=ZZb", "a=4 b", "a= b", "a=x41b", "a=&b" })
        {
            yield return new Trick(TrickFamily.Body, "quoted-printable-file", text[1..3], Standing.Broken, Quoted, draft =>
            {
                Entity? file = draft.Encoded("quoted-printable");
                bool fits = file?.Value("Content-Type")?.StartsWith("application/", StringComparison.Ordinal) ?? false;
                file?.Body += fits ? $"\r\n{text}" : string.Empty;
                return fits;
            });
        }

        yield return Body("quoted-printable", "equals-at-end", Standing.Broken, Quoted, "quoted-printable", (body, _) => body + "=");
        yield return Body("quoted-printable", "escape-cut-at-end", Standing.Broken, Quoted, "quoted-printable", (body, _) => body + "=4");
        yield return Body("quoted-printable", "soft-break-at-end", Standing.Broken, Quoted + ": the last line ends with no soft break", "quoted-printable", (body, _) => body + "=\r\n");
        yield return Body("quoted-printable", "long-line", Standing.Broken, Quoted + ": at most 76", "quoted-printable", (body, _) => $"{body}\r\n{new string('q', 120)}");
    }

    private static IEnumerable<Trick> Wire()
    {
        foreach ((string variant, string from, string to) in new[]
        {
            ("lf-all", "\r\n", "\n"), ("cr-all", "\r\n", "\r"), ("lf-cr-all", "\r\n", "\n\r"), ("cr-cr-lf-all", "\r\n", "\r\r\n"),
        })
        {
            yield return Text("line-ends", variant, "RFC 5322 2.3, RFC 5321 2.3.8", text => text.Replace(from, to, StringComparison.Ordinal));
        }

        yield return Text("line-ends", "lf-before-delimiters", "RFC 5322 2.3", text => text.Replace("\r\n--", "\n--", StringComparison.Ordinal));
        yield return Text("line-ends", "cr-before-delimiters", "RFC 5322 2.3", text => text.Replace("\r\n--", "\r--", StringComparison.Ordinal));
        yield return Text("line-ends", "lf-behind-header", "RFC 5322 2.3", text => ReplaceFirst(text, "\r\n\r\n", "\n\n"));
        yield return Text("line-ends", "cr-behind-header", "RFC 5322 2.3", text => ReplaceFirst(text, "\r\n\r\n", "\r\r"));
        yield return Text("line-ends", "lf-in-header", "RFC 5322 2.2", text => ReplaceFirst(text, "\r\nSubject", "\nSubject"));
        yield return Text("line-ends", "cr-field-in-field", "RFC 5322 2.2", text => ReplaceFirst(text, "\r\nSubject: ", "\r\nSubject: x\rContent-Type: text/html\r\n "));
        yield return Text("line-ends", "cr-in-body", "RFC 5322 2.3", text => $"{text}a\rb\r\n");
        yield return Text("nul", "in-header", "RFC 5322 2.2, 4.1", text => ReplaceFirst(text, "\r\nSubject: ", "\r\nSubject: \0"));
        yield return Text("nul", "behind-header", "RFC 5322 4.1", text => ReplaceFirst(text, "\r\n\r\n", "\r\n\r\n\0"));
        yield return Text("nul", "at-end", "RFC 5322 4.1", text => $"{text}\0\r\n");
        yield return new Trick(TrickFamily.Wire, "line-ends", "no-last-line-end", Standing.Valid, "RFC 5322 2.3: the last line end is not required", draft =>
        {
            draft.Rewrites.Add(text => text[..^2]);
            return true;
        });
        yield return new Trick(TrickFamily.Wire, "line-ends", "empty-lines-behind", Standing.Valid, "RFC 5322 3.5, RFC 2046 5.1.1", draft =>
        {
            draft.Rewrites.Add(text => $"{text}\r\n\r\n");
            return true;
        });
    }

    private static Trick Body(string name, string variant, Standing standing, string clause, string encoding, Func<string, Draft, string> change) =>
        new(TrickFamily.Body, name, variant, standing, clause, draft =>
        {
            // Another trick may have left the leaf without a body to spoil.
            if (draft.Encoded(encoding) is not { Body.Length: > 0 } leaf)
            {
                return false;
            }

            string body = leaf.Body;
            leaf.Body = change(body, draft);
            return leaf.Body != body;
        });

    private static Trick Text(string name, string variant, string clause, Func<string, string> change) =>
        new(TrickFamily.Wire, name, variant, Standing.Broken, clause, draft =>
        {
            draft.Rewrites.Add(change);
            return true;
        });

    private static string ReplaceFirst(string text, string old, string replacement)
    {
        int at = text.IndexOf(old, StringComparison.Ordinal);
        return at < 0 ? text : text[..at] + replacement + text[(at + old.Length)..];
    }

    private static string Lines(string body, int length) =>
        string.Join("\r\n", body.Replace("\r\n", string.Empty, StringComparison.Ordinal).Chunk(length).Select(line => new string(line)));

    /// <summary>Whole quanta and so many symbols more.</summary>
    private static string CutTo(string body, int rest)
    {
        string symbols = body.Replace("\r\n", string.Empty, StringComparison.Ordinal).TrimEnd('=');
        return Lines(symbols[..(((symbols.Length / 4) - 1) * 4 + rest)], 76);
    }

    /// <summary>The next symbol in place of the last: its unused low bits are then not zero.</summary>
    private static string TrailingBits(string body)
    {
        const string Symbols = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        int last = body.TrimEnd('=').Length - 1;
        return last == body.Length - 1 ? body + "\r\nQR==" : body[..last] + Symbols[Symbols.IndexOf(body[last], StringComparison.Ordinal) + 1] + body[(last + 1)..];
    }
}
