namespace Gateway.Fuzz;

/// <summary>Changes octets at random: flips, cuts, copies, words that matter to mail, splices with another sample.</summary>
internal static class Mutation
{
    private static readonly string[] s_words =
    [
        "\r\n", "\n", "\r", "\0", "\r\n.\r\n", "\n.\n", "\r.\r", "--", "--b", "\r\n--b--\r\n", "boundary=", "Content-Type: multipart/mixed; boundary=b\r\n", "Content-Type: message/rfc822\r\n\r\n",
        "Content-Transfer-Encoding: base64\r\n", "Content-Transfer-Encoding: quoted-printable\r\n", "=?utf-8?q?", "=?x?b?", "?=", "=\r\n", "begin 644 a\r\n", "application/ms-tnef", "; name*0*=", ";", ":", "\"", "(", ")", "<", ">", ",",
        "From: ", "To: a,a,a,a\r\n", "Received: x\r\n", "MIME-Version: 1.0\r\n", " ", "\t", "\x7f", "\xff", "\xff\xfe", "\xef\xbb\xbf", "MAIL FROM:<evil@b.test>\r\n", "BDAT 5\r\n", "BDAT 0 LAST\r\n", "DATA\r\n", "STARTTLS\r\n", "EHLO x\r\n", "RSET\r\n", "QUIT\r\n",
    ];

    /// <summary>Gives a changed copy.</summary>
    /// <param name="octets">The original.</param>
    /// <param name="other">What may be spliced in.</param>
    /// <param name="random">The source of chance.</param>
    /// <param name="longest">The result is cut to this many octets.</param>
    public static byte[] Of(byte[] octets, byte[] other, Random random, int longest = 1 << 20)
    {
        List<byte> made = [.. octets];
        for (int i = 1 + random.Next(random.Next(8) == 0 ? 40 : 4); i > 0; i--)
        {
            Change(made, other, random);
        }

        return made.Count > longest ? [.. made.Take(longest)] : [.. made];
    }

    private static void Change(List<byte> made, byte[] other, Random random)
    {
        int at = random.Next(made.Count + 1);
        int length = Math.Min(made.Count - at, 1 + random.Next(random.Next(4) == 0 ? 400 : 8));
        switch (random.Next(9))
        {
            case 0 when at < made.Count:
                made[at] = (byte)random.Next(256);
                break;
            case 1 when at < made.Count:
                made[at] ^= (byte)(1 << random.Next(8));
                break;
            case 2:
                made.RemoveRange(at, length);
                break;
            case 3:
                made.InsertRange(random.Next(made.Count + 1), made.GetRange(at, length));
                break;
            case 4:
                byte[] piece = [.. made.GetRange(at, length)];
                for (int times = random.Next(random.Next(20) == 0 ? 3000 : 20); times > 0 && made.Count < 1 << 20; times--)
                {
                    made.InsertRange(at, piece);
                }

                break;
            case 5 when other.Length > 0:
                int from = random.Next(other.Length);
                made.InsertRange(at, other.AsSpan(from, Math.Min(other.Length - from, 1 + random.Next(500))).ToArray());
                break;
            case 6:
                made.RemoveRange(at, made.Count - at);
                break;
            default:
                made.InsertRange(at, System.Text.Encoding.Latin1.GetBytes(s_words[random.Next(s_words.Length)]));
                break;
        }
    }
}
