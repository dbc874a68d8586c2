using System.Text;
using Gateway.Smtp.Server;
using Gateway.Smtp.Tests.Server;
using Gateway.TestKit;
using Xunit;

namespace Gateway.Smtp.Tests.Engines;

/// <summary>Content where the package by itself hangs, overlooks an end or changes octets: with either engine it arrives octet for octet.</summary>
public sealed class ContentFramingTests
{
    // What the client sends behind 354, and what must be stored of it.
    private static readonly (string Wire, string Stored)[] Cases =
    [
        (".\r\n", ""),
        ("\r\n.\r\n", "\r\n"),
        ("x\r\n.\r\n", "x\r\n"),
        ("..\r\n.\r\n", ".\r\n"),
        ("..x\r\n.\r\n", ".x\r\n"),
        ("...\r\n.\r\n", "..\r\n"),
        (".x\r\n.\r\n", "x\r\n"),
        ("a\r\n..\r\n.\r\n", "a\r\n.\r\n"),
        ("a\r\n..b\r\n.\r\n", "a\r\n.b\r\n"),
        ("a\r\n.b\r\n.\r\n", "a\r\nb\r\n"),
        ("a\r\n\r\n\r\n.\r\n", "a\r\n\r\n\r\n"),
        ("a.\r\n.\r\n", "a.\r\n"),
        ("a\r\n .\r\n.\r\n", "a\r\n .\r\n"),
        ("a\rb\r\n.\r\n", "a\rb\r\n"),
        ("a\nb\r\n.\r\n", "a\nb\r\n"),
        ("a\0b\r\n.\r\n", "a\0b\r\n"),
        ("x\r\n..\r\n..\r\n.\r\n", "x\r\n.\r\n.\r\n"),
        ("\xFF\xFE\r\n.\r\n", "\xFF\xFE\r\n"),
    ];

    // Around both sizes at which the package's own reader changes segments.
    private static readonly int[] Lengths = [3071, 3072, 4095, 4096];

    public static TheoryData<int, SmtpEngine, bool> Rows
    {
        get
        {
            TheoryData<int, SmtpEngine, bool> rows = [];
            foreach (SmtpEngine engine in Enum.GetValues<SmtpEngine>())
            {
                for (int i = 0; i < Cases.Length; i++)
                {
                    rows.Add(i, engine, false);
                    rows.Add(i, engine, true);
                }
            }

            return rows;
        }
    }

    [Theory]
    [MemberData(nameof(Rows))]
    public async Task Content_OfEachCase_IsStoredOctetForOctet(int number, SmtpEngine engine, bool octetByOctet)
    {
        await using SmtpTestHost host = await SmtpTestHost.StartAsync(engine: engine);
        await using ScriptedSmtpClient client = await host.GreetAsync();
        await SendAsync(host, client, Cases[number].Wire, Cases[number].Stored, octetByOctet);
    }

    [Theory]
    [InlineData(SmtpEngine.Kestrel)]
    [InlineData(SmtpEngine.SmtpServer)]
    public async Task Content_OfLengthsAroundASegment_EndsWhereItEnds(SmtpEngine engine)
    {
        await using SmtpTestHost host = await SmtpTestHost.StartAsync(engine: engine);
        await using ScriptedSmtpClient client = await host.GreetAsync();
        foreach (int length in Lengths)
        {
            string text = new string('x', length - 2) + "\r\n";
            await SendAsync(host, client, text + ".\r\n", text, octetByOctet: true);
        }
    }

    private static async Task SendAsync(SmtpTestHost host, ScriptedSmtpClient client, string wire, string stored, bool octetByOctet)
    {
        CancellationToken stop = TestContext.Current.CancellationToken;
        await client.SendAsync("MAIL FROM:<a@a.test>\r\nRCPT TO:<b@b.test>\r\nDATA\r\n", stop);
        foreach (string code in new[] { "250", "250", "354" })
        {
            Assert.StartsWith(code, await client.ReadReplyAsync(stop), StringComparison.Ordinal);
        }

        foreach (string piece in octetByOctet ? wire.Select(c => c.ToString()) : [wire])
        {
            await client.SendAsync(piece, stop);
        }

        Assert.StartsWith("250", await client.ReadReplyAsync(stop), StringComparison.Ordinal);
        Assert.Equal(Encoding.Latin1.GetBytes(stored), host.Receivers.Messages.Last().Octets);
    }
}
