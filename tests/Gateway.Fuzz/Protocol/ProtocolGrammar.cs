using System.Text;

namespace Gateway.Fuzz.Protocol;

/// <summary>Makes conversations from a grammar: every verb, every extension, sound and slightly wrong.</summary>
/// <remarks>Threads: one; a grammar with an own seed for each case.</remarks>
internal sealed class ProtocolGrammar(Random random, IReadOnlyList<byte[]> messages)
{
    private static readonly string[] Verbs =
        ["HELO", "EHLO", "MAIL", "RCPT", "DATA", "BDAT", "RSET", "NOOP", "QUIT", "VRFY", "EXPN", "HELP", "STARTTLS", "AUTH", "XCLIENT", "XFORWARD", "ETRN", "TURN", "PROXY", "GET", ""];

    private static readonly string[] MailParameters =
    [
        "SIZE=100", "SIZE=99999999", "SIZE=", "SIZE=1 SIZE=2", "BODY=7BIT", "BODY=8BITMIME", "BODY=BINARYMIME", "BODY=9BIT", "SMTPUTF8", "SMTPUTF8=1", "RET=FULL",
        "RET=HDRS", "RET=", "ENVID=QQ314159", "ENVID=+41+", "ENVID=+zz", "AUTH=<>", "AUTH=e+3Dmc2@example.com", "REQUIRETLS", "MT-PRIORITY=3", "X=Y", "=", "HOLDFOR=1",
    ];

    private static readonly string[] RecipientParameters =
        ["NOTIFY=NEVER", "NOTIFY=SUCCESS,FAILURE,DELAY", "NOTIFY=SUCCESS,NEVER", "NOTIFY=", "ORCPT=rfc822;b@c.test", "ORCPT=utf-8;b\\x{e9}@c.test", "ORCPT=;", "ORCPT=rfc822;+", "X=Y"];

    private static readonly string[] Addresses =
    [
        "a@b.test", "a@b.test", "a@b.test", "joe@[127.0.0.1]", "\"a b\"@b.test", "@x.test,@y.test:a@b.test", "a%b@c.test", "x!y!z", "a@[IPv6:::1]", "a@-b.test", "a@b..test", "",
        "a\x00@b.test", "\u00e9@b.test", "\xc3\xa9@b.test", "a@\xc3\xbc.test", "\"a\\\"@b.test", "a@" + "b.", "\"\r\n\"@b.test", "Postmaster", "a@b.test>", "<a@b.test",
    ];

    private static readonly string[] Ends =
    [
        "\r\n.\r\n", "\r\n.\r\n", "\r\n.\r\n", "\n.\n", "\n.\r\n", "\r\n.\n", "\r.\r", "\r.\r\n", "\r\n.\r", "\r.\n", "\r\n\0.\r\n", "\r\n.\0\r\n", "\r\0\n.\r\n", "\r\n.\r\0\n",
    ];

    private readonly List<ProtocolStep> _steps = [];
    private readonly StringBuilder _unsent = new();
    private bool _pipelines;

    /// <summary>Makes one case.</summary>
    public ProtocolCase Make()
    {
        Door door = random.Next(10) switch { < 3 => Door.Plain, < 6 => Door.Tight, < 8 => Door.Optional, 8 => Door.Required, _ => Door.Implicit };
        _pipelines = random.Next(3) == 0;
        if (door == Door.Implicit && random.Next(8) > 0)
        {
            _steps.Add(ProtocolStep.Secure);
        }

        if (random.Next(10) > 0)
        {
            Flush(wait: true);
        }

        Hello();
        if (door is Door.Optional or Door.Required && random.Next(4) > 0)
        {
            Line("STARTTLS");
            Flush(wait: true);
            _steps.Add(ProtocolStep.Secure);
            Hello();
        }

        if (door != Door.Plain && random.Next(3) == 0)
        {
            Authenticate();
        }

        for (int i = random.Next(5); i >= 0; i--)
        {
            Transaction();
            if (random.Next(4) == 0)
            {
                Stray();
            }
        }

        Close();
        return new ProtocolCase(door, random.Next(3) == 0 ? 0 : random.Next(1, int.MaxValue), [.. _steps]);
    }

    private T Any<T>(IReadOnlyList<T> of) => of[random.Next(of.Count)];

    private void Hello()
    {
        string name = random.Next(12) switch { 0 => string.Empty, 1 => "a b", 2 => "[127.0.0.1]", 3 => new string('x', 300), 4 => "\xc3\xbc.test", 5 => "\xff", _ => "client.test" };
        Line((random.Next(6) == 0 ? "HELO " : "EHLO ") + name);
        Flush(wait: random.Next(10) > 0);
        if (name is not "client.test" && random.Next(2) == 0)
        {
            Line("EHLO client.test");
            Flush(wait: true);
        }
    }

    private void Authenticate()
    {
        switch (random.Next(6))
        {
            case 0:
                Line("AUTH PLAIN " + Base64($"\0{FuzzGateway.User}\0{FuzzGateway.User}"));
                break;
            case 1:
                Line("AUTH PLAIN");
                Flush(wait: true);
                Line(Base64($"\0{FuzzGateway.User}\0{Any(["", "x", FuzzGateway.User])}"));
                break;
            case 2:
                Line("AUTH LOGIN");
                Flush(wait: true);
                Line(Any([Base64(FuzzGateway.User), "*", "!!!", string.Empty]));
                Flush(wait: true);
                Line(Any([Base64(FuzzGateway.User), Base64("wrong"), "*"]));
                break;
            case 3:
                Line("AUTH SCRAM-SHA-256 " + Base64(Any(["n,,n=joe,r=abc", "p=x,,n=joe,r=abc", "n,,n==,r=", ",,,,", "n,a=b,n=joe,r=abc"])));
                Flush(wait: true);
                Line(Any([Base64("c=biws,r=abc,p=AAAA"), "*", "=", new string('A', 3000)]));
                break;
            case 4:
                Line(Any(["AUTH", "AUTH CRAM-MD5", "AUTH PLAIN =", "AUTH PLAIN ====", "AUTH PLAIN *", "AUTH  PLAIN", "AUTH PLAIN " + new string('A', 4000)]));
                break;
            default:
                Line("AUTH PLAIN");
                Line("NOOP");
                break;
        }

        Flush(wait: true);
    }

    private void Transaction()
    {
        Line($"MAIL FROM:{Path()}{Parameters(MailParameters)}");
        for (int i = random.Next(20) == 0 ? 8 : random.Next(3); i >= 0; i--)
        {
            Line($"RCPT TO:{Path()}{Parameters(RecipientParameters)}");
        }

        if (random.Next(3) == 0)
        {
            Chunks();
        }
        else
        {
            Line(random.Next(20) == 0 ? "DATA now" : "DATA");
            Flush(wait: random.Next(12) > 0);
            Raw(Content(stuffed: random.Next(4) > 0) + Any(Ends));
            if (random.Next(4) == 0)
            {
                // What a smuggler wants to be a second message.
                Raw("MAIL FROM:<evil@b.test>\r\nRCPT TO:<c@d.test>\r\nDATA\r\nSubject: smuggled\r\n\r\nx\r\n.\r\n");
            }

            Raw("\r\n.\r\n");
            Flush(wait: true);
        }
    }

    private void Chunks()
    {
        Flush(wait: random.Next(2) == 0);
        for (int i = random.Next(3); i >= 0; i--)
        {
            string content = Content(stuffed: false) + (random.Next(3) == 0 ? Any(Ends) : string.Empty);
            string count = random.Next(15) switch
            {
                0 => Any(["", "-1", "+5", "0x10", "99999999999999999999", "9223372036854775807", "1 2", "5\t", "1e3"]),
                1 => (content.Length + random.Next(-3, 4)).ToString(System.Globalization.CultureInfo.InvariantCulture),
                2 => "000" + content.Length.ToString(System.Globalization.CultureInfo.InvariantCulture),
                _ => content.Length.ToString(System.Globalization.CultureInfo.InvariantCulture),
            };
            Line($"BDAT {count}{(i == 0 || random.Next(9) == 0 ? " LAST" : string.Empty)}");
            Flush(wait: false);
            Raw(content);
            Flush(wait: !_pipelines);
            if (random.Next(12) == 0)
            {
                Stray();
            }
        }

        Flush(wait: true);
    }

    private string Content(bool stuffed)
    {
        string content = random.Next(12) switch
        {
            0 => string.Empty,
            1 => ".",
            2 => "Subject: long\r\n\r\n" + new string('x', random.Next(3000)) + "\r\n",
            3 => "From: a@b.test\r\n\r\n" + string.Concat(Enumerable.Repeat("0123456789 .\r\n.\r\n..\r\n", random.Next(400))),
            4 => Noise(random.Next(300)),
            5 => "From: a@b.test\r\nDate: Mon, 02 Mar 2026 10:00:00 +0000\r\n\r\n" + string.Concat(Enumerable.Repeat("line of text\r\n", random.Next(30_000))),
            _ => Encoding.Latin1.GetString(Any(messages)),
        };
        return stuffed ? ("\r\n" + content).Replace("\r\n.", "\r\n..", StringComparison.Ordinal)[2..] : content;
    }

    private void Stray()
    {
        switch (random.Next(8))
        {
            case 0:
                Raw(Noise(random.Next(1, 60)) + "\r\n");
                break;
            case 1:
                Raw("NOOP\n");
                break;
            case 2:
                Line("NOOP " + new string('x', random.Next(2) == 0 ? 500 : 70_000));
                break;
            case 3:
                for (int i = random.Next(30); i >= 0; i--)
                {
                    Line(Any(["NOOP", "RSET", "VRFY a", "HELP"]));
                }

                break;
            default:
                Line(Any(Verbs) + Any(["", " ", " x", " FROM:<a@b.test>", "\0", "\t"]));
                break;
        }

        Flush(wait: random.Next(2) == 0);
    }

    private void Close()
    {
        if (random.Next(3) > 0)
        {
            Line("QUIT");
        }

        Flush(wait: random.Next(2) == 0);
        switch (random.Next(12))
        {
            case 0 or 1:
                _steps.Add(new ProtocolStep(StepKind.Reset));
                break;
            case 2 or 3:
                _steps.Add(new ProtocolStep(StepKind.HalfClose));
                break;
            default:
                break;
        }
    }

    private string Path()
    {
        string address = random.Next(4) > 0 ? "a@b.test" : Any(Addresses);
        return random.Next(25) switch { 0 => address, 1 => $" <{address}>", 2 => $"<{address}", 3 => "<>", _ => $"<{address}>" };
    }

    private string Parameters(string[] of)
    {
        string all = string.Empty;
        for (int i = random.Next(3) == 0 ? random.Next(4) : 0; i > 0; i--)
        {
            all += " " + Any(of);
        }

        return all;
    }

    private string Noise(int length)
    {
        byte[] octets = new byte[length];
        random.NextBytes(octets);
        return Encoding.Latin1.GetString(octets);
    }

    private static string Base64(string text) => Convert.ToBase64String(Encoding.Latin1.GetBytes(text));

    private void Line(string text)
    {
        Raw(text + "\r\n");
        if (!_pipelines)
        {
            Flush(wait: random.Next(40) > 0);
        }
    }

    private void Raw(string octets) => _unsent.Append(octets);

    private void Flush(bool wait)
    {
        if (_unsent.Length > 0)
        {
            _steps.Add(ProtocolStep.Of(_unsent.ToString()));
            _unsent.Clear();
        }

        if (wait)
        {
            _steps.Add(ProtocolStep.Wait);
        }
    }
}
