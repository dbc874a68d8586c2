using System.Globalization;
using System.Net;
using System.Text;
using Gateway.TestKit;

namespace Gateway.Acceptance.Harness;

/// <summary>Messages to send, and what they must have become on the other side.</summary>
internal static class Mail
{
    /// <summary>The envelope sender of everything sent here.</summary>
    public const string Sender = "alice@example.org";

    /// <summary>A clean message with dots at line starts.</summary>
    public static string Clean(string id, int octets = 1000)
    {
        StringBuilder text = new(Head(id));
        text.Append("\r\n.\r\n..\r\n.dot\r\n");
        for (int line = 0; text.Length < octets; line++)
        {
            text.Append(CultureInfo.InvariantCulture, $"{id} line {line} ").Append('x', 50).Append("\r\n");
        }

        return text.ToString();
    }

    /// <summary>A message that is quarantined: a multipart without a boundary.</summary>
    public static string Malformed(string id) => $"{Head(id)}MIME-Version: 1.0\r\nContent-Type: multipart/mixed\r\n\r\n{id}: no parts to be found\r\n";

    /// <summary>A message that is refused: NUL in the header.</summary>
    public static string Refused(string id) => $"{Head(id)}X-Nul: a\0b\r\n\r\nbody\r\n";

    /// <summary>Connects to a gateway and says EHLO; waits as long as a busy machine may need.</summary>
    public static async Task<ScriptedSmtpClient> ConnectAsync(IPEndPoint gateway)
    {
        CancellationToken ct = TestContext.Current.CancellationToken;
        ScriptedSmtpClient client = await ScriptedSmtpClient.ConnectAsync(gateway, ct, TimeSpan.FromSeconds(60));
        Assert.StartsWith("220 ", await client.ReadReplyAsync(ct) ?? string.Empty, StringComparison.Ordinal);
        Assert.StartsWith("250", await client.SayAsync("EHLO client.test", ct) ?? string.Empty, StringComparison.Ordinal);
        return client;
    }

    /// <summary>Sends one message over a connection of its own.</summary>
    /// <returns>The reply to the final dot, or the one that ended the attempt earlier.</returns>
    public static async Task<string> SendAsync(IPEndPoint gateway, string content, params string[] recipients)
    {
        await using ScriptedSmtpClient client = await ConnectAsync(gateway);
        return await client.DeliverAsync(Sender, recipients, content, TestContext.Current.CancellationToken) ?? "(hung up)";
    }

    /// <summary>Sends one message that must be taken.</summary>
    /// <returns>The id it was queued under.</returns>
    public static async Task<string> AcceptedAsync(IPEndPoint gateway, string content, params string[] recipients)
    {
        string reply = await SendAsync(gateway, content, recipients);
        Assert.StartsWith("250 2.0.0 Ok: queued as ", reply, StringComparison.Ordinal);
        return reply[(reply.LastIndexOf(' ') + 1)..];
    }

    /// <summary>Takes our trace field off and gives back the rest.</summary>
    /// <param name="delivered">What the downstream got.</param>
    /// <param name="fields">How many fields of ours stand in front.</param>
    public static string WithoutTrace(string delivered, int fields = 1)
    {
        for (int i = 0; i < fields; i++)
        {
            Assert.StartsWith("Received: ", delivered, StringComparison.Ordinal);
            int end = delivered.IndexOf("\r\n", StringComparison.Ordinal);
            while (delivered[end + 2] is ' ' or '\t')
            {
                end = delivered.IndexOf("\r\n", end + 2, StringComparison.Ordinal);
            }

            delivered = delivered[(end + 2)..];
        }

        return delivered;
    }

    /// <summary>The header fields that every message here has.</summary>
    public static string Head(string id) =>
        $"From: Alice <{Sender}>\r\nTo: Bob <bob@example.net>\r\nSubject: {id}\r\nDate: Mon, 23 Nov 2026 09:00:00 +0000\r\nMessage-ID: <{id}@example.org>\r\n";
}
