using System.Globalization;
using System.Text;

namespace Gateway.LoadGen.Mail;

/// <summary>Generated mail that nobody may object to.</summary>
/// <remarks>
/// Text up to 64 KiB, lines of at most 72, one line in thirty with a dot in front; beyond that a multipart with an attachment in base64, as large
/// mail is. Several variants of each, so that a relay that mixes bodies up is found out. The same in every run, but for the date.
/// </remarks>
internal static class CleanMail
{
    private const int TextAtMost = 64 * 1024;
    private const int MostVariants = 16;
    private const int VariantOctets = 64 * 1024 * 1024;
    private const int FillerLine = 76;

    private static readonly string[] s_words =
        ["the", "invoice", "for", "March", "is", "attached", "please", "note", "that", "delivery", "takes", "three", "days", "regards", "a", "of"];

    /// <summary>The variants of one kind of mail.</summary>
    /// <param name="octets">Length of each.</param>
    /// <param name="parts">Leaf parts; 0 for what the size suggests.</param>
    /// <param name="headerOctets">Octets of fields added to the header.</param>
    /// <param name="date">Its date.</param>
    public static IReadOnlyList<MessageTemplate> Make(int octets, int parts, int headerOctets, DateTimeOffset date)
    {
        int variants = Math.Clamp(VariantOctets / Math.Max(1, octets), 1, MostVariants);
        return [.. Enumerable.Range(0, variants).Select(v => parts > 0 || octets > TextAtMost ? Multipart(octets, parts, headerOctets, date, v) : Text(octets, headerOctets, date, v))];
    }

    private static MessageTemplate Text(int octets, int headerOctets, DateTimeOffset date, int variant)
    {
        StringBuilder text = Header("text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 7bit", headerOctets, date, variant);
        Fill(text, octets - LoadId.LineOctets - LoadId.MessageIdOctets - LoadId.EndMarkOctets - text.Length, new Random(variant));
        return new MessageTemplate(Label(octets), isHostile: false, Frame.Text, Encoding.ASCII.GetBytes(text.ToString()));
    }

    private static MessageTemplate Multipart(int octets, int parts, int headerOctets, DateTimeOffset date, int variant)
    {
        Random random = new(variant);
        StringBuilder text = Header("multipart/mixed; boundary=\"load-part\"", headerOctets, date, variant);
        int rest = octets - LoadId.LineOctets - LoadId.MessageIdOctets - LoadId.EndMarkOctets - LoadId.Closing.Length - text.Length;
        const string TextPart = "--load-part\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n";
        if (parts == 0)
        {
            const string Attachment =
                "--load-part\r\nContent-Type: application/octet-stream; name=\"figures.bin\"\r\nContent-Disposition: attachment; filename=\"figures.bin\"\r\nContent-Transfer-Encoding: base64\r\n\r\n";
            byte[] binary = new byte[Math.Max(57, (rest - Attachment.Length - TextPart.Length - 200) / 78 * 57)];
            random.NextBytes(binary);
            text.Append(Attachment).Append(Convert.ToBase64String(binary, Base64FormattingOptions.InsertLineBreaks)).Append("\r\n").Append(TextPart);
        }
        else
        {
            int each = Math.Max(4, (rest / parts) - TextPart.Length);
            for (int i = 1; i < parts; i++)
            {
                text.Append(TextPart);
                Fill(text, each, random);
            }

            text.Append(TextPart);
        }

        Fill(text, octets - LoadId.LineOctets - LoadId.MessageIdOctets - LoadId.EndMarkOctets - LoadId.Closing.Length - text.Length, random);
        return new MessageTemplate(Label(octets), isHostile: false, Frame.Multipart, Encoding.ASCII.GetBytes(text.ToString()));
    }

    private static StringBuilder Header(string type, int filler, DateTimeOffset date, int variant)
    {
        StringBuilder header = new StringBuilder()
            .Append("From: Load Generator <load@example.org>\r\nTo: Recipient <r0@example.net>\r\n")
            .Append(CultureInfo.InvariantCulture, $"Subject: Load test, variant {variant}\r\nDate: {date.ToUniversalTime():ddd, dd MMM yyyy HH:mm:ss} +0000\r\n");
        // Fields of about 10 KiB, folded, as long address lists and signatures are.
        for (int field = 0; filler > 0; field++)
        {
            int length = Math.Min(filler, 10 * 1024);
            filler -= length;
            header.Append(CultureInfo.InvariantCulture, $"X-Load-Filler-{field}: x\r\n");
            for (; length > 0; length -= FillerLine + 3)
            {
                header.Append(' ').Append('x', Math.Clamp(length - 3, 1, FillerLine)).Append("\r\n");
            }
        }

        return header.Append("MIME-Version: 1.0\r\nContent-Type: ").Append(type).Append("\r\n\r\n");
    }

    private static void Fill(StringBuilder text, int octets, Random random)
    {
        int end = text.Length + Math.Max(4, octets);
        int line = 0;
        while (text.Length < end - 2)
        {
            string word = s_words[random.Next(s_words.Length)];
            if (line + word.Length + 1 > 72)
            {
                text.Length -= line > 0 ? 1 : 0;
                text.Append(random.Next(30) == 0 ? "\r\n." : "\r\n");
                line = 0;
            }

            text.Append(word).Append(' ');
            line += word.Length + 1;
        }

        text.Length = end - 2;
        if (text[^1] is '\r' or '.' or '\n' or ' ')
        {
            text[^1] = 'x';
        }

        if (text[^2] == '\r')
        {
            text[^2] = 'x';
        }

        text.Append("\r\n");
    }

    private static string Label(int octets) => string.Create(CultureInfo.InvariantCulture, $"{octets}");
}
