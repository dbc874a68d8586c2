using System.Text;

namespace Gateway.Lab.Grammar;

/// <summary>The plain messages that tricks are played on; every one is valid and read alike by every parser worth the name.</summary>
internal static class Shapes
{
    private const string MimeVersion = "MIME-Version: 1.0";

    /// <summary>All shapes by name.</summary>
    public static IReadOnlyList<(string Name, Func<Random, Entity> Make)> All { get; } =
    [
        ("plain", random => Top(random, Text(random))),
        ("html", random => Top(random, Html(random))),
        ("base64", random => Top(random, Attachment(random))),
        ("quoted-printable", random => Top(random, QuotedPrintable(random))),
        ("mixed", random => Top(random, Multipart(random, "mixed", Text(random), Attachment(random)))),
        ("alternative", random => Top(random, Multipart(random, "alternative", Text(random), Html(random)))),
        ("mixed-alternative", random => Top(random, Multipart(random, "mixed", Multipart(random, "alternative", Text(random), QuotedPrintable(random)), Attachment(random)))),
        ("mixed-message", random => Top(random, Multipart(random, "mixed", Text(random), Embedded(random, Text(random))))),
        ("mixed-message-mixed", random => Top(random, Multipart(random, "mixed", Text(random), Embedded(random, Multipart(random, "mixed", Text(random), Attachment(random)))))),
        ("related", random => Top(random, Multipart(random, "related", Html(random), Attachment(random), Attachment(random)))),
        ("mixed-encoded", random => Top(random, Multipart(random, "mixed", QuotedPrintable(random), Base64Text(random), Attachment(random)))),
        ("mixed-quoted-file", random => Top(random, Multipart(random, "mixed", Text(random), QuotedFile(random)))),
        ("three-levels", random => Top(random, Multipart(random, "mixed", Multipart(random, "related", Multipart(random, "alternative", Text(random), Html(random)), Attachment(random)), Text(random)))),
    ];

    private static Entity Top(Random random, Entity content)
    {
        content.Fields.InsertRange(0,
        [
            "From: Ada Example <ada@example.org>",
            "To: bob@example.net",
            $"Subject: {Words.Next(random)} {Words.Next(random)}",
            "Date: Mon, 02 Mar 2026 10:00:00 +0000",
            $"Message-ID: <{random.Next():x}.{random.Next():x}@example.org>",
            MimeVersion,
        ]);
        return content;
    }

    private static Entity Text(Random random)
    {
        Entity leaf = new() { Body = Words.Lines(random, 2 + random.Next(3)) };
        leaf.Fields.Add("Content-Type: text/plain; charset=us-ascii");
        return leaf;
    }

    private static Entity Html(Random random)
    {
        Entity leaf = new() { Body = $"<html><body><p>{Words.Lines(random, 2)}</p>\r\n</body></html>" };
        leaf.Fields.Add("Content-Type: text/html; charset=us-ascii");
        leaf.Fields.Add("Content-Transfer-Encoding: 7bit");
        return leaf;
    }

    private static Entity QuotedPrintable(Random random)
    {
        Entity leaf = new() { Body = $"{Words.Sentence(random)} caf=C3=A9=\r\n {Words.Next(random)}\r\n{Words.Sentence(random)} 2=3D2" };
        leaf.Fields.Add("Content-Type: text/plain; charset=utf-8");
        leaf.Fields.Add("Content-Transfer-Encoding: quoted-printable");
        return leaf;
    }

    /// <summary>A file in quoted-printable: an equals sign in it is no matter for people.</summary>
    private static Entity QuotedFile(Random random)
    {
        Entity leaf = new() { Body = $"{Words.Sentence(random)}=00=01=\r\n {Words.Next(random)}\r\n{Words.Sentence(random)} 2=3D2" };
        leaf.Fields.Add("Content-Type: application/octet-stream");
        leaf.Fields.Add("Content-Transfer-Encoding: quoted-printable");
        return leaf;
    }

    private static Entity Base64Text(Random random)
    {
        Entity leaf = new() { Body = Base64(Encoding.ASCII.GetBytes(Words.Lines(random, 4))) };
        leaf.Fields.Add("Content-Type: text/plain; charset=us-ascii");
        leaf.Fields.Add("Content-Transfer-Encoding: base64");
        return leaf;
    }

    private static Entity Attachment(Random random)
    {
        // Length 3n+1 or 3n+2, so that there is padding to play tricks on.
        byte[] content = new byte[(3 * (40 + random.Next(40))) + 1 + random.Next(2)];
        random.NextBytes(content);
        content[0] = 0xD0;
        string name = $"{Words.Next(random)}{random.Next(1000)}.bin";
        Entity leaf = new() { Body = Base64(content) };
        leaf.Fields.Add($"Content-Type: application/octet-stream; name=\"{name}\"");
        leaf.Fields.Add("Content-Transfer-Encoding: base64");
        leaf.Fields.Add($"Content-Disposition: attachment; filename=\"{name}\"");
        return leaf;
    }

    private static Entity Embedded(Random random, Entity content)
    {
        Entity wrapper = new();
        wrapper.Fields.Add("Content-Type: message/rfc822");
        wrapper.Parts.Add(Top(random, content));
        return wrapper;
    }

    private static Entity Multipart(Random random, string subtype, params Entity[] parts)
    {
        string boundary = $"={Words.Next(random)}_{random.Next(1_000_000):d6}";
        Entity multipart = new() { Boundary = boundary };
        multipart.Fields.Add($"Content-Type: multipart/{subtype}; boundary=\"{boundary}\"");
        multipart.Parts.AddRange(parts);
        return multipart;
    }

    /// <summary>Base64 in lines of 76 characters, without a last line end.</summary>
    public static string Base64(byte[] content) =>
        string.Join("\r\n", Convert.ToBase64String(content).Chunk(76).Select(line => new string(line)));
}
