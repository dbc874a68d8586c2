using System.Text;
using Gateway.Mime;

namespace Gateway.Demo;

/// <summary>One message of the demo and where it must end.</summary>
/// <param name="Name">What it is, in a few words.</param>
/// <param name="Octets">The message, before dot-stuffing.</param>
/// <param name="Expected">The verdict it must get.</param>
/// <param name="Sender">The reverse-path.</param>
internal sealed record DemoSample(string Name, byte[] Octets, RuleAction Expected, string Sender = "alice@example.org");

/// <summary>A mixed sample of good and malformed mail; every message is made here, none is anyone's real mail.</summary>
internal static class DemoSamples
{
    private const string Head =
        "From: Alice <alice@example.org>\r\nTo: Bob <bob@example.net>\r\nDate: Mon, 23 Nov 2026 09:00:00 +0000\r\nMessage-ID: <demo@example.org>\r\n";

    private const string Mime = "MIME-Version: 1.0\r\n";

    /// <summary>All samples, good ones first.</summary>
    public static IReadOnlyList<DemoSample> All { get; } =
    [
        Make("plain text", RuleAction.Allow, "Subject: Lunch\r\n\r\nAt noon?\r\n.\r\n..two dots and a lone one above\r\n"),
        Make("multipart with attachment", RuleAction.Allow, Multipart("mixed", "b1", TextPart("See attached."), PdfPart())),
        Make("alternative, quoted-printable, UTF-8", RuleAction.Allow, Multipart(
            "alternative", "b2", "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nGr=C3=BC=C3=9Fe\r\n",
            "Content-Type: text/html; charset=utf-8\r\n\r\n<p>Gr\u00fc\u00dfe</p>\r\n")),
        Make("forwarded message/rfc822", RuleAction.Allow, Multipart(
            "mixed", "b3", TextPart("Forwarded:"), $"Content-Type: message/rfc822\r\n\r\n{Head}Subject: inner\r\n\r\nInner body.\r\n")),
        Make("2 MB attachment", RuleAction.Allow, Multipart("mixed", "b4", TextPart("Big one."), Base64Part(1_500_000))),
        Make("line of 2,000 characters", RuleAction.Tag, $"Subject: long line\r\n\r\n{new string('x', 2000)}\r\n"),
        Make("bounce (null sender)", RuleAction.Allow, "Subject: Undelivered\r\n\r\nSorry.\r\n") with { Sender = string.Empty },
        Make("multipart without boundary", RuleAction.Quarantine, $"{Mime}Content-Type: multipart/mixed\r\n\r\nno parts to be found\r\n"),
        Make("boundary never used", RuleAction.Quarantine, $"{Mime}Content-Type: multipart/mixed; boundary=\"xyz\"\r\n\r\nhidden from scanners?\r\n"),
        Make("two Content-Type fields", RuleAction.Quarantine, $"{Mime}Content-Type: text/plain\r\nContent-Type: multipart/mixed; boundary=z\r\n\r\n--z\r\n\r\nhi\r\n--z--\r\n"),
        Make("boundary given twice", RuleAction.Quarantine, $"{Mime}Content-Type: multipart/mixed; boundary=aa; boundary=bb\r\n\r\n--aa\r\n\r\none\r\n--aa--\r\n--bb\r\n\r\ntwo\r\n--bb--\r\n"),
        Make("base64 with junk inside", RuleAction.Quarantine, $"{Mime}Content-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n\r\nSGVsbG8=!!d29ybGQ=\r\n"),
        Make("unknown transfer encoding", RuleAction.Quarantine, $"{Mime}Content-Type: application/octet-stream\r\nContent-Transfer-Encoding: bas64\r\n\r\nSGVsbG8=\r\n"),
        Make("base64 around multipart", RuleAction.Quarantine, $"{Mime}Content-Type: multipart/mixed; boundary=q\r\nContent-Transfer-Encoding: base64\r\n\r\n--q\r\n\r\nhi\r\n--q--\r\n"),
        Make("nested 25 deep", RuleAction.Quarantine, Nested(25)),
        Make("1,500 parts", RuleAction.Quarantine, Multipart("mixed", "p", [.. Enumerable.Repeat(TextPart("x"), 1500)])),
        Make("200 KB header field", RuleAction.Quarantine, $"X-Big: {Folded(200_000)}\r\nSubject: big\r\n\r\nbody\r\n"),
        Make("line without colon in header", RuleAction.Quarantine, "this is no header field\r\nSubject: x\r\n\r\nbody\r\n"),
        Make("NUL in body", RuleAction.Quarantine, "Subject: nul\r\n\r\nbefore\0after\r\n"),
        Make("NUL in header", RuleAction.Reject, "Subject: nul\0header\r\n\r\nbody\r\n"),
        Make("bare LF", RuleAction.Reject, "Subject: unix\r\n\r\nline one\nline two\r\n"),
        Make("bare CR", RuleAction.Reject, "Subject: mac\r\n\r\nline one\rline two\r\n"),
        Make("smuggled second message (LF.LF)", RuleAction.Reject, "Subject: outer\r\n\r\nbody\n.\nMAIL FROM:<evil@example.org>\r\nRCPT TO:<victim@example.net>\r\nDATA\r\nSubject: inner\r\n\r\nsmuggled\r\n"),
    ];

    /// <summary>A clean message of about 4 KB for the latency figures.</summary>
    public static byte[] Clean { get; } = Encoding.ASCII.GetBytes($"{Head}Subject: clean\r\n\r\n{Folded(3800)[1..]}\r\n");

    private static DemoSample Make(string name, RuleAction expected, string rest) => new(name, Encoding.UTF8.GetBytes(Head + rest), expected);

    private static string Multipart(string kind, string boundary, params string[] parts)
    {
        StringBuilder text = new($"Subject: {kind}\r\n{Mime}Content-Type: multipart/{kind}; boundary=\"{boundary}\"\r\n\r\n");
        foreach (string part in parts)
        {
            text.Append("--").Append(boundary).Append("\r\n").Append(part);
        }

        return text.Append("--").Append(boundary).Append("--\r\n").ToString();
    }

    private static string TextPart(string text) => $"Content-Type: text/plain; charset=us-ascii\r\n\r\n{text}\r\n";

    private static string PdfPart() =>
        "Content-Type: application/pdf; name=\"a.pdf\"\r\nContent-Disposition: attachment; filename=\"a.pdf\"\r\n"
        + "Content-Transfer-Encoding: base64\r\n\r\nJVBERi0xLjQKJcOkw7zDtsOfCg==\r\n";

    private static string Base64Part(int octets)
    {
        byte[] content = new byte[octets];
        for (int i = 0; i < octets; i++)
        {
            content[i] = (byte)(i * 31);
        }

        return "Content-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n\r\n"
            + Convert.ToBase64String(content, Base64FormattingOptions.InsertLineBreaks) + "\r\n";
    }

    private static string Nested(int depth)
    {
        StringBuilder text = new($"Subject: nested\r\n{Mime}");
        for (int i = 0; i < depth; i++)
        {
            text.Append("Content-Type: multipart/mixed; boundary=\"n").Append(i).Append("x\"\r\n\r\n--n").Append(i).Append("x\r\n");
        }

        text.Append("Content-Type: text/plain\r\n\r\ndeep\r\n");
        for (int i = depth - 1; i >= 0; i--)
        {
            text.Append("--n").Append(i).Append("x--\r\n");
        }

        return text.ToString();
    }

    /// <summary>Text in lines of 70 characters, each continuing a header field (and harmless in a body).</summary>
    private static string Folded(int octets)
    {
        StringBuilder text = new();
        while (text.Length < octets)
        {
            text.Append(text.Length == 0 ? " " : "\r\n ").Append('m', 68);
        }

        return text.ToString();
    }
}
