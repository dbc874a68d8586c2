using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Text;
using Gateway.Fuzz.Protocol;
using Gateway.TestKit;

namespace Gateway.Fuzz.Smuggling;

/// <summary>Every false end of data with a second message behind it, in DATA and in BDAT, cut at every octet.</summary>
/// <remarks>
/// Behind the gateway stands <see cref="LaxSmtpSink"/>, which takes every one of them for an end. The control sends the same octets to that
/// host without the gateway: each variant must give two messages there, or this matrix could not fail.
/// </remarks>
internal sealed class SmugglingMatrix(Options options, TextWriter output)
{
    private const string Before = "From: a@b.test\r\nDate: Mon, 02 Mar 2026 10:00:00 +0000\r\n\r\nx";
    private const string Smuggled = "MAIL FROM:<evil@b.test>\r\nRCPT TO:<c@d.test>\r\nDATA\r\nSubject: smuggled\r\n\r\nx";

    private static readonly (string Name, string Octets)[] s_lineEnds = [("CRLF", "\r\n"), ("LF", "\n"), ("CR", "\r")];

    /// <summary>All pairs of line ends around the dot but the true one, each also with a NUL at every place between them.</summary>
    public static IReadOnlyList<(string Name, string End)> Variants { get; } = [.. MakeVariants()];

    /// <summary>Plays the matrix.</summary>
    /// <returns>How many things were not as they must be.</returns>
    public async Task<int> RunAsync(CancellationToken ct)
    {
        using FaultLog faults = new();
        int finds = 0;
        int played = 0;
        await using FuzzGateway gateway = await FuzzGateway.StartAsync(faults, ct);
        await output.WriteLineAsync("| end of data | control | DATA: reply | BDAT: reply | cuts |\n|---|---|---|---|---|");
        foreach ((string name, string end) in Variants)
        {
            int control = await ControlAsync(end, ct);
            (string data, int dataCuts) = await PlayAsync(gateway, Before + end + Smuggled + "\r\n.\r\n", chunked: false, ct);
            (string bdat, int bdatCuts) = await PlayAsync(gateway, Before + end + Smuggled + "\r\n.\r\n", chunked: true, ct);
            played += dataCuts + bdatCuts;
            bool bad = control != 2 || data.Contains("TWICE", StringComparison.Ordinal) || bdat.Contains("TWICE", StringComparison.Ordinal);
            finds += bad ? 1 : 0;
            await output.WriteLineAsync(string.Create(
                CultureInfo.InvariantCulture, $"| {name} | {control} messages | {data} | {bdat} | {dataCuts} + {bdatCuts}{(bad ? " BAD" : string.Empty)} |"));
        }

        foreach (Find find in await gateway.SettleAsync(TimeSpan.FromSeconds(30)))
        {
            finds++;
            await output.WriteLineAsync($"FIND {find}");
        }

        foreach (string fault in faults.Take())
        {
            finds++;
            await output.WriteLineAsync($"FIND fault: {fault}");
        }

        await output.WriteLineAsync(string.Create(
            CultureInfo.InvariantCulture,
            $"\nsmuggling: {Variants.Count} variants, {played} connections, {gateway.Accounting.Queued.Count} messages taken (held or delivered once), {finds} finds"));
        return finds;
    }

    private static IEnumerable<(string Name, string End)> MakeVariants()
    {
        foreach ((string first, string before) in s_lineEnds)
        {
            foreach ((string second, string after) in s_lineEnds)
            {
                string plain = before + "." + after;
                if (plain != "\r\n.\r\n")
                {
                    yield return ($"{first} . {second}", plain);
                }

                for (int at = 1; at < plain.Length; at++)
                {
                    string end = plain.Insert(at, "\0");
                    yield return (Name(end), end);
                }
            }
        }
    }

    private static string Name(string end) => end.Replace("\r", "CR ", StringComparison.Ordinal).Replace("\n", "LF ", StringComparison.Ordinal)
        .Replace("\0", "NUL ", StringComparison.Ordinal).Replace(".", ". ", StringComparison.Ordinal).Replace("CR LF", "CRLF", StringComparison.Ordinal).TrimEnd();

    /// <summary>The same octets without a gateway.</summary>
    private static async Task<int> ControlAsync(string end, CancellationToken ct)
    {
        int messages = 0;
        await using LaxSmtpSink sink = new(_ => Interlocked.Increment(ref messages));
        await using ScriptedSmtpClient client = await ScriptedSmtpClient.GreetAsync(sink.EndPoint, ct);
        await client.SayAsync("MAIL FROM:<a@b.test>", ct);
        await client.SayAsync("RCPT TO:<c@d.test>", ct);
        await client.SayAsync("DATA", ct);
        await client.SendAsync(Before + end + Smuggled + "\r\n.\r\nQUIT\r\n", ct);
        while (await client.ReadReplyAsync(ct) is not null)
        {
        }

        return messages;
    }

    private async Task<(string Replies, int Cuts)> PlayAsync(FuzzGateway gateway, string content, bool chunked, CancellationToken ct)
    {
        // At every octet; octet by octet; and in one piece.
        int[][] cuts = [.. Enumerable.Range(1, content.Length - 1).Select(static i => new[] { i }), [.. Enumerable.Range(1, content.Length - 1)], []];
        cuts = options.Cases > 0 ? [.. cuts.Where((_, i) => i % Math.Max(1, cuts.Length / options.Cases) == 0), .. cuts[^2..]] : cuts;
        ConcurrentDictionary<string, int> replies = new(StringComparer.Ordinal);
        await Parallel.ForEachAsync(cuts, new ParallelOptions { MaxDegreeOfParallelism = options.Parallel, CancellationToken = ct }, async (cut, stop) =>
            replies.AddOrUpdate(await SendAsync(gateway.Doors[(int)Door.Plain], content, cut, chunked, stop), 1, static (_, n) => n + 1));
        return (string.Join("; ", replies.Keys.Order(StringComparer.Ordinal)), cuts.Length);
    }

    private static async Task<string> SendAsync(IPEndPoint server, string content, int[] cuts, bool chunked, CancellationToken ct)
    {
        await using ScriptedSmtpClient client = await ScriptedSmtpClient.ConnectAsync(server, ct, TimeSpan.FromSeconds(60));
        await client.ReadReplyAsync(ct);
        await client.SayAsync("EHLO client.test", ct);
        await client.SayAsync("MAIL FROM:<a@b.test>", ct);
        await client.SayAsync("RCPT TO:<c@d.test>", ct);
        if (chunked)
        {
            await client.SendLineAsync(string.Create(CultureInfo.InvariantCulture, $"BDAT {content.Length} LAST"), ct);
        }
        else
        {
            await client.SayAsync("DATA", ct);
        }

        List<string> heard = [];
        try
        {
            await client.SendSplitAsync(Encoding.Latin1.GetBytes(content), cuts, TimeSpan.FromMilliseconds(cuts.Length > 1 ? 0 : 1), ct);
            await client.SendAsync("QUIT\r\n", ct);
        }
        catch (System.Net.Sockets.SocketException)
        {
            // The gateway hung up on the rest, as it should.
        }

        while (await client.ReadReplyAsync(ct) is string reply)
        {
            heard.Add(reply);
        }

        int taken = heard.Count(static r => r.Contains("queued as", StringComparison.Ordinal));
        string first = heard.Count == 0 ? "(hung up)" : heard[0];
        return taken > 1 ? "TWICE: " + string.Join(" / ", heard) : taken == 1 ? "250, held or once" : first;
    }
}
