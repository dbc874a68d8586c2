using System.Globalization;
using System.Text;

namespace Gateway.TestKit;

/// <summary>A shape of mail that costs some reader more than its size is worth.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Make">Makes a message of about so many octets.</param>
public sealed record AttackShape(string Name, Func<int, byte[]> Make)
{
    /// <inheritdoc/>
    public override string ToString() => Name;
}

/// <summary>All shapes: what is measured for linear time, and what the tests count the work of.</summary>
/// <remarks>The first is plain mail, with which the others are compared. Each grows in one dimension only, so that its cost shows what it grows by.</remarks>
public static class AttackShapes
{
    private const string Head =
        "From: ada@example.org\r\nTo: bob@example.net\r\nSubject: test\r\nDate: Mon, 02 Mar 2026 10:00:00 +0000\r\nMessage-ID: <1@example.org>\r\nMIME-Version: 1.0\r\n";

    private const string Mixed = Head + "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n";
    private const string Base64 = Head + "Content-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n\r\n";
    private const string Quoted = Head + "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n";
    private const string Text = Head + "Content-Type: text/plain; charset=utf-8\r\n\r\n";
    private const string Calendar = Head + "Content-Type: text/calendar; charset=utf-8\r\n\r\nBEGIN:VCALENDAR\r\n";
    private const string Tnef = Head + "Content-Type: application/ms-tnef; name=winmail.dat\r\nContent-Transfer-Encoding: base64\r\n\r\n";

    /// <summary>Every shape.</summary>
    public static IReadOnlyList<AttackShape> All { get; } =
    [
        Repeat("plain", Text, "This is a line of plain text as most mail has it, neither long nor short.\r\n"),
        Repeat("base64-clean", Base64, "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWZnaGlqa2xtbm9wcXJzdHV2d3h5ejAxMjM0\r\n"),

        // Structure.
        new("nesting-multipart", n => Nest(n, i => $"Content-Type: multipart/mixed; boundary=\"l{i}e\"\r\n\r\n--l{i}e\r\n")),
        new("nesting-same-boundary", n => Nest(n, _ => "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n")),
        new("nesting-prefix-boundaries", n => Nest(n, i => $"Content-Type: multipart/mixed; boundary={new string('b', Math.Min(i + 1, 60))}\r\n\r\n--{new string('b', Math.Min(i + 1, 60))}\r\n")),
        new("nesting-rfc822", n => Nest(n, _ => "Content-Type: message/rfc822\r\n\r\n")),
        new("nesting-rfc822-in-multipart", n => Nest(n, i => $"Content-Type: multipart/mixed; boundary=l{i}\r\n\r\n--l{i}\r\nContent-Type: message/rfc822\r\n\r\n")),
        Repeat("nesting-dash-lines", Levels(28, closed: false), "--level-zz\r\n"),
        Repeat("nesting-near-delimiters", Levels(28, closed: false), "--level-00x\r\n"),
        Repeat("nesting-closed-then-dash-lines", Levels(28, closed: true), "--level-zz\r\n"),
        Repeat("nesting-text", Levels(28, closed: false), "- a line of text that begins with one hyphen\r\n"),
        Repeat("parts-empty", Mixed, "\r\n--b\r\n"),
        Repeat("parts-small", Mixed, "Content-Type: text/plain\r\n\r\nx\r\n--b\r\n"),
        Repeat("parts-base64", Mixed, "Content-Type: application/zip; name=\"a.zip\"\r\nContent-Transfer-Encoding: base64\r\n\r\nQUJD\r\n--b\r\n"),
        Repeat("parts-digest", Head + "Content-Type: multipart/digest; boundary=b\r\n\r\n--b\r\n", "\r\nSubject: x\r\n\r\ny\r\n--b\r\n"),
        new("parts-unclosed-multiparts", n => Grow(Mixed, n, i => $"Content-Type: multipart/mixed; boundary=i{i}\r\n\r\n--i{i}\r\n\r\nx\r\n--b\r\n")),
        Repeat("parts-large-fields", Mixed, $"X-Long: {Fold("x", 24_000)}\r\n\r\ny\r\n--b\r\n"),
        Repeat("parts-many-fields", Mixed, $"{Many("X: y\r\n", 200)}\r\nz\r\n--b\r\n"),
        Repeat("parts-parameters", Mixed, $"Content-Type: text/plain; {Many("a=b; ", 60)}c=d\r\n\r\ny\r\n--b\r\n"),
        Repeat("delimiter-trailing-text", Mixed, "\r\n--b and more\r\n"),
        Repeat("delimiter-after-close", Mixed + "\r\nx\r\n--b--\r\n", "--b\r\n\r\nx\r\n"),
        Repeat("delimiter-almost", Head + $"Content-Type: multipart/mixed; boundary={new string('a', 69)}b\r\n\r\n", $"--{new string('a', 69)}\r\n"),
        Repeat("hyphens", Mixed + "\r\n", "--\r\n"),
        Repeat("hyphen-line", Mixed + "\r\n", "------------------------------------------------------------------------------------------------\r\n"),
        Repeat("preamble-mime", Head + "Content-Type: multipart/mixed; boundary=never\r\n\r\n", "Content-Type: text/html\r\n"),
        Repeat("messages-with-address-lists", Mixed, $"Content-Type: message/rfc822\r\n\r\nFrom: a@example.org\r\nTo: {Fold("a@example.net, ", 12_000)}b@example.net\r\n\r\nx\r\n--b\r\n"),
        Repeat("messages-with-encoded-subjects", Mixed, $"Content-Type: message/rfc822\r\n\r\nFrom: a@example.org\r\nSubject: {Fold("=?utf-8?q?a?= ", 12_000)}x\r\n\r\nx\r\n--b\r\n"),
        Repeat("messages-with-continuations", Mixed, $"Content-Type: text/plain;\r\n{Sections(60)} charset=utf-8\r\n\r\nx\r\n--b\r\n"),

        // Header fields of the message.
        new("field-one-line", n => Grow(Head + "X-Long: ", n, _ => "xxxxxxxxxxxxxxxx", "\r\n\r\nx\r\n")),
        Field("field-folded", "X-Long: x", "\r\n xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"),
        Field("field-blank-folds", "X-Long: x", "\r\n \r\n\t"),
        Field("field-many", "X: y", "\r\nX: y"),
        Field("field-duplicates", "Subject: y", "\r\nSubject: y"),
        Field("field-empty", "X:", "\r\nX:"),
        Field("field-no-colon", "X: y", "\r\nno field at all"),
        Field("field-received", "Received: x", "\r\nReceived: from a by b; Mon, 02 Mar 2026 10:00:00 +0000"),
        Field("addresses", "Cc: a@example.org", ",\r\n a@example.org"),
        Field("addresses-commas", "Cc: a@example.org", ",,,,,,,,,,,,,,,,\r\n "),
        Field("addresses-comments", "Cc: ", "((((((((((((((((\r\n "),
        Field("addresses-comment-pairs", "Cc: a@example.org ", "(x)(y)(z)\r\n "),
        Field("addresses-groups", "Cc: ", "a:b:c:d:e:\r\n "),
        Field("addresses-routes", "Cc: <", "@a,@b,@c,\r\n "),
        Field("addresses-angles", "Cc: ", "<<<<<<<<>>\r\n "),
        Field("addresses-quotes", "Cc: \"", "\\\"\\\"\\\"\\\"\r\n "),
        Field("addresses-atoms", "Cc: ", "a a a a a a\r\n "),
        Field("addresses-dots", "Cc: a", ".a.a.a.a\r\n "),
        Field("from-encoded-words", "Resent-From: ", "=?utf-8?b?QUJD?=\r\n "),
        Field("subject-encoded-words", "Comments: ", "=?utf-8?q?=41=42?=\r\n "),
        Field("subject-encoded-word-starts", "Comments: ", "=?utf-8?q?x\r\n "),
        Field("subject-question-marks", "Comments: ", "=?=?=?=?=?=?\r\n "),
        Field("parameters", "Content-Disposition: attachment", ";\r\n a=b"),
        Field("parameters-same", "Content-Disposition: attachment", ";\r\n filename=b"),
        Field("parameters-continuations", "Content-Disposition: attachment", i => $";\r\n filename*{i}=b"),
        Field("parameters-percent", "Content-Disposition: attachment; filename*=utf-8''", "%41%42%\r\n "),
        Field("parameters-quotes", "Content-Type: text/plain; x=\"", "\\\\\\\"\\\\\r\n "),
        Field("parameters-comments", "Content-Type: text/plain ", "(a (b (c\r\n "),
        Field("references", "References: ", "<a@b>\r\n "),
        Field("date-comments", "Resent-Date: Mon, 02 Mar 2026 10:00:00 +0000 ", "((((\r\n "),
        Field("transfer-encodings", "Content-Transfer-Encoding: ", "base64 7bit\r\n "),
        Field("dkim-tags", "DKIM-Signature: v=1; ", "b=AAAA; \r\n "),

        // Bodies.
        new("body-one-line", n => Grow(Text, n, _ => "xxxxxxxxxxxxxxxx")),
        Repeat("body-empty-lines", Text, "\r\n"),
        Repeat("body-bare-cr", Text, "x\r"),
        Repeat("body-bare-lf", Text, "x\n"),
        Repeat("body-nul", Text, "\0"),
        Repeat("body-dots", Text, ".\r\n"),
        Repeat("body-eight-bit", Text, "\u00e4\u00f6\u00fc\u00e4\u00f6\u00fc\u00e4\u00f6\u00fc\r\n"),
        Repeat("body-from-lines", Text, "From ada Mon Mar  2 10:00:00 2026\r\n"),
        Repeat("body-long-lines", Text, new string('x', 1500) + "\r\n"),
        Repeat("body-html-tags", Head + "Content-Type: text/html; charset=utf-8\r\n\r\n", "<a <b <c <!-- <\r\n"),
        // Readings of names, authors and escapes.
        Repeat("names-in-pieces-with-gaps", Mixed, $"Content-Disposition: attachment; {Many("filename*0=a.; filename*2*=utf-8''b%; ", 30)}filename=c.pdf\r\n\r\nx\r\n--b\r\n"),
        Repeat("names-cut-and-run-on", Mixed, $"Content-Disposition: attachment; filename={Many("a.b;.c,d\\\"e=", 40)}\r\n\r\nx\r\n--b\r\n"),
        Repeat("names-given-often", Mixed, $"Content-Type: text/plain; {Many("name=\"a\\.b\r\n c\"; ", 30)}x=y\r\n\r\nz\r\n--b\r\n"),
        Repeat("comments-beside-names", Mixed, $"Content-Disposition: attachment; {Many("(a) ", 200)}filename=a(b)c.pdf\r\n\r\nx\r\n--b\r\n"),
        Repeat("dispositions-twice", Mixed, "Content-Disposition: inline; filename=a.pdf\r\nContent-Disposition: attachment; filename=b.pdf\r\n\r\nx\r\n--b\r\n"),
        Repeat("parts-that-begin-with-fields", Mixed, $"\r\n{Many("Content-Note: a\r\n", 100)}\r\nx\r\n--b\r\n"),
        Repeat("continuations-that-are-fields", Head + "X-Note: a\r\n", " Content-Type: text/html\r\n"),
        Repeat("from-brackets", "From: ", "[a] \\b \r\n "),
        Repeat("quoted-printable-bad-escapes", Quoted.Replace("text/plain", "text/html", StringComparison.Ordinal), "a=b <c =d> =e\r\n"),
        Repeat("quoted-printable-soft-blanks", Quoted, "a= \t \r\n"),
        Repeat("encoded-multiparts-in-clear", Mixed, "Content-Type: multipart/mixed; boundary=c\r\nContent-Transfer-Encoding: base64\r\n\r\n--c\r\n\r\nx\r\n--c--\r\n--b\r\n"),
        Repeat("body-uuencode", Text, "begin 644 a.exe\r\nM\r\nend\r\n"),
        Repeat("base64-junk", Base64, "QUJD!%&$QUJD\r\n"),
        Repeat("base64-padding", Base64, "QQ==\r\n"),
        Repeat("base64-one-a-line", Base64, "Q\r\n"),
        Repeat("base64-blanks", Base64, "Q U J D \t \t"),
        Repeat("quoted-soft-breaks", Quoted, "=\r\n"),
        Repeat("quoted-escapes", Quoted, "=41=42=ZZ==\r\n"),
        Repeat("quoted-blanks", Quoted, "                                                                        \r\n"),
        Repeat("calendar-nesting", Calendar, "BEGIN:VEVENT\r\n"),
        Repeat("calendar-folds", Calendar + "DESCRIPTION:x\r\n", " x\r\n"),
        Repeat("calendar-properties", Calendar, "RRULE:FREQ=SECONDLY;COUNT=999999999\r\n"),
        new("tnef-attributes", n => Encoded(Tnef, n, [0x78, 0x9F, 0x3E, 0x22, 1, 0], [2, 0x0C, 0x80, 6, 0, 1, 0, 0, 0, 0x41, 0x41, 0])),
        new("tnef-properties", n => Encoded(Tnef, n, [0x78, 0x9F, 0x3E, 0x22, 1, 0, 1, 3, 0x90, 6, 0, 0xFF, 0xFF, 0xFF, 0x7F, 0xFF, 0xFF, 0xFF, 0], [3, 0, 1, 0x30, 1, 0, 0, 0])),
        new("smime-der", n => Encoded(Head + "Content-Type: application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m\r\nContent-Transfer-Encoding: base64\r\n\r\n", n, [], [0x30, 0x80])),
        Field("winmail-name", "Content-Disposition: attachment; filename=", "winmail.dawinmail.da\r\n "),
    ];

    private static AttackShape Repeat(string name, string head, string unit) => new(name, n => Grow(head, n, _ => unit));

    private static AttackShape Field(string name, string begin, string unit) => Field(name, begin, _ => unit);

    private static AttackShape Field(string name, string begin, Func<int, string> unit) => new(name, n => Grow(Head + begin, n, unit, "\r\n\r\nbody\r\n"));

    private static byte[] Grow(string head, int octets, Func<int, string> unit, string tail = "")
    {
        StringBuilder text = new(head, octets + 1024);
        for (int i = 0; text.Length < octets; i++)
        {
            text.Append(unit(i));
        }

        return Encoding.Latin1.GetBytes(text.Append(tail).ToString());
    }

    private static byte[] Nest(int octets, Func<int, string> level) => Grow(Head, octets, level, "\r\nx\r\n");

    private static byte[] Encoded(string head, int octets, ReadOnlySpan<byte> begin, ReadOnlySpan<byte> unit)
    {
        List<byte> content = [.. begin];
        while (content.Count < octets * 3L / 4)
        {
            content.AddRange(unit);
        }

        return Encoding.ASCII.GetBytes(head + Convert.ToBase64String([.. content], Base64FormattingOptions.InsertLineBreaks) + "\r\n");
    }

    private static string Levels(int levels, bool closed)
    {
        StringBuilder text = new(Head);
        for (int i = 0; i < levels; i++)
        {
            text.Append(CultureInfo.InvariantCulture, $"Content-Type: multipart/mixed; boundary=level-{i:d2}\r\n\r\n--level-{i:d2}\r\n");
        }

        text.Append("\r\nx\r\n");
        for (int i = levels - 1; i > 0 && closed; i--)
        {
            text.Append(CultureInfo.InvariantCulture, $"--level-{i:d2}--\r\n");
        }

        return text.ToString();
    }

    private static string Many(string unit, int count) => new StringBuilder().Insert(0, unit, count).ToString();

    private static string Fold(string unit, int octets) => Many(Many(unit, Math.Max(1, 70 / unit.Length)) + "\r\n ", octets / 72);

    private static string Sections(int count) =>
        string.Concat(Enumerable.Range(0, count).Select(i => string.Create(CultureInfo.InvariantCulture, $" name*{i}*=%41;\r\n")));
}
