using System.Globalization;
using System.Text;

namespace Gateway.Benchmarks;

/// <summary>Generated mail without findings, the same in every run.</summary>
internal static class SampleMail
{
    private const int Seed = 20260101;

    private static readonly string[] Words =
        ["the", "invoice", "for", "March", "is", "attached", "please", "note", "that", "delivery", "takes", "three", "days", "regards", "a", "of"];

    /// <summary>A text message of exactly so many octets, lines of at most 72.</summary>
    public static byte[] Text(int octets)
    {
        StringBuilder message = Header("text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 7bit");
        FillText(message, octets - message.Length);
        return Encoding.ASCII.GetBytes(message.ToString());
    }

    /// <summary>Text and HTML as alternatives, and two attachments in base64: about 63 KB as most business mail is built.</summary>
    public static byte[] Multipart()
    {
        StringBuilder message = Header("multipart/mixed; boundary=\"mixed-7d3f\"");
        message.Append("This is a multi-part message in MIME format.\r\n--mixed-7d3f\r\n")
            .Append("Content-Type: multipart/alternative; boundary=\"alt-91ac\"\r\n\r\n--alt-91ac\r\n")
            .Append("Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n");
        FillText(message, 6 * 1024);
        message.Append("--alt-91ac\r\nContent-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: 7bit\r\n\r\n<html><body>\r\n");
        FillText(message, 12 * 1024);
        message.Append("</body></html>\r\n--alt-91ac--\r\n");
        Attach(message, "mixed-7d3f", "application/pdf", "invoice.pdf", 24 * 1024);
        Attach(message, "mixed-7d3f", "image/png", "logo.png", 8 * 1024);
        message.Append("--mixed-7d3f--\r\n");
        return Encoding.ASCII.GetBytes(message.ToString());
    }

    /// <summary>A short text and one attachment: 1 MiB on the wire.</summary>
    public static byte[] Attachment()
    {
        StringBuilder message = Header("multipart/mixed; boundary=\"mixed-7d3f\"");
        message.Append("--mixed-7d3f\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n");
        FillText(message, 1024);
        Attach(message, "mixed-7d3f", "application/zip", "figures.zip", 764 * 1024);
        message.Append("--mixed-7d3f--\r\n");
        return Encoding.ASCII.GetBytes(message.ToString());
    }

    /// <summary>A message as it travels after DATA: dots doubled, end of data behind it.</summary>
    public static byte[] OnTheWire(byte[] message)
    {
        string text = Encoding.ASCII.GetString(message).Replace("\r\n.", "\r\n..", StringComparison.Ordinal);
        return Encoding.ASCII.GetBytes(text + ".\r\n");
    }

    private static StringBuilder Header(string contentType) => new StringBuilder()
        .Append("Received: from client.example.com (client.example.com [192.0.2.7])\r\n")
        .Append("\tby mx.example.org with ESMTPS id 4bXk2Zq9Rt\r\n\tfor <recipient@example.org>; Thu, 01 Jan 2026 10:00:00 +0000\r\n")
        .Append("From: \"Sender, Example\" <sender@example.com>\r\nTo: Recipient <recipient@example.org>, other@example.net\r\n")
        .Append("Subject: =?utf-8?q?Rechnung_f=C3=BCr_M=C3=A4rz?= 4711\r\nDate: Thu, 01 Jan 2026 10:00:00 +0000\r\n")
        .Append("Message-ID: <20260101100000.4711@example.com>\r\nMIME-Version: 1.0\r\nX-Mailer: Example 1.0\r\n")
        .Append(CultureInfo.InvariantCulture, $"Content-Type: {contentType}\r\n\r\n");

    private static void FillText(StringBuilder message, int octets)
    {
        Random random = new(Seed);
        int end = message.Length + octets;
        int line = 0;
        while (message.Length < end - 2)
        {
            string word = Words[random.Next(Words.Length)];
            if (line + word.Length + 1 > 72)
            {
                // No blank at the end of a line: quoted-printable does not have any there. One line in about thirty starts with a dot,
                // so that stuffing is part of what is measured.
                message.Length -= line > 0 ? 1 : 0;
                message.Append(random.Next(30) == 0 ? "\r\n." : "\r\n");
                line = 0;
            }

            message.Append(word).Append(' ');
            line += word.Length + 1;
        }

        message.Length = end - 2;
        if (message[^1] == '\r' || message[^1] == '.')
        {
            message[^1] = 'x';
        }

        message.Append("\r\n");
    }

    private static void Attach(StringBuilder message, string boundary, string type, string name, int octets)
    {
        byte[] content = new byte[octets];
        new Random(Seed).NextBytes(content);
        message.Append(CultureInfo.InvariantCulture, $"--{boundary}\r\nContent-Type: {type}; name=\"{name}\"\r\n")
            .Append(CultureInfo.InvariantCulture, $"Content-Disposition: attachment; filename=\"{name}\"\r\nContent-Transfer-Encoding: base64\r\n\r\n")
            .Append(Convert.ToBase64String(content, Base64FormattingOptions.InsertLineBreaks)).Append("\r\n");
    }
}
