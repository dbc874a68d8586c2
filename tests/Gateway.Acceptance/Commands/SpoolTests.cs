using System.Text.Json;
using Gateway.Acceptance.Harness;
using Gateway.TestKit;

namespace Gateway.Acceptance.Commands;

/// <summary><c>gateway spool</c> on what a killed process left, whole and damaged.</summary>
public sealed class SpoolTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact(Timeout = 240_000)]
    public async Task Spool_OfAKilledGateway_IsVerifiedCountedAndRecovered()
    {
        await using ScriptedSmtpServer downstream = new() { KeepTranscript = false };
        await using GatewayUnderTest gateway = await GatewayUnderTest.StartAsync(downstream: null);
        string[] ids =
        [
            await Mail.AcceptedAsync(gateway.Smtp, Mail.Clean("one"), "one@example.net"),
            await Mail.AcceptedAsync(gateway.Smtp, Mail.Clean("two"), "two@example.net"),
            await Mail.AcceptedAsync(gateway.Smtp, Mail.Clean("three"), "three@example.net"),
        ];

        ToolResult busy = await gateway.CommandAsync("spool", "verify");
        Assert.Equal(69, busy.ExitCode);
        Assert.Contains($"in use by process {gateway.Pid}", busy.Error, StringComparison.Ordinal);
        await gateway.KillAsync();

        ToolResult whole = (await gateway.CommandAsync("spool", "verify")).Good();
        Assert.Contains("3 messages", whole.Lines[0], StringComparison.Ordinal);
        Assert.Equal("Nothing is damaged.", whole.Lines[1]);
        IReadOnlyList<JsonElement> stats = await gateway.JsonAsync("spool", "stats");
        Assert.Equal(3, stats[^1].GetProperty("messages").GetInt32());
        Assert.Contains(stats.SkipLast(1), s => s.GetProperty("live").GetInt32() >= 3 && s.GetProperty("ending").GetString() == "Open");
        Assert.Contains("SEGMENT", (await gateway.CommandAsync("spool", "stats")).Good().Lines[0], StringComparison.Ordinal);

        // Second copy of the body of the second message: found by its text, so that no offset is built in.
        string segment = Directory.GetFiles(Path.Combine(gateway.Data, "spool", "log")).Single(f => Find(f, "two line 3") >= 0);
        byte[] image = await File.ReadAllBytesAsync(segment, Ct);
        image[Find(segment, "two line 3")] ^= 1;
        await File.WriteAllBytesAsync(segment, image, Ct);

        ToolResult damaged = await gateway.CommandAsync("spool", "verify", "--format", "json");
        Assert.Equal(1, damaged.ExitCode);
        JsonElement line = JsonElement.Parse(damaged.Lines[0]);
        Assert.Equal(("body", ids[1], Path.GetFileName(segment)), (line.GetProperty("kind").GetString(), line.GetProperty("id").GetString(), line.GetProperty("segment").GetString()));
        Assert.True(line.GetProperty("offset").GetInt64() >= 4096);

        ToolResult files = await gateway.CommandAsync("spool", "recover", "--as", "eml", "--output", gateway["files"]);
        Assert.Equal(1, files.ExitCode);
        Assert.Equal(
            ((string[])[$"{ids[0]}.eml", $"{ids[0]}.json", $"{ids[1]}.damaged.eml", $"{ids[1]}.json", $"{ids[2]}.eml", $"{ids[2]}.json"]).Order(StringComparer.Ordinal),
            Directory.GetFiles(gateway["files"]).Select(f => Path.GetFileName(f)!).Order(StringComparer.Ordinal));
        string text = await File.ReadAllTextAsync(Path.Combine(gateway["files"], $"{ids[0]}.eml"), Ct);
        Assert.StartsWith("Received: ", text, StringComparison.Ordinal);
        Assert.EndsWith(Mail.Clean("one"), text, StringComparison.Ordinal);
        JsonElement envelope = JsonElement.Parse(await File.ReadAllTextAsync(Path.Combine(gateway["files"], $"{ids[0]}.json"), Ct)).GetProperty("envelope");
        Assert.Equal("one@example.net", envelope.GetProperty("Recipients")[0].GetString());

        Assert.Equal(64, (await gateway.CommandAsync("spool", "recover", "--output", gateway["files"])).ExitCode);
        Assert.Equal(66, (await gateway.PlainAsync("spool", "stats", gateway["nothing"])).ExitCode);
        string spool = Path.Combine(gateway.Data, "spool");
        ToolResult recovered = await gateway.PlainAsync("spool", "recover", gateway.Data, "--output", gateway["spool"]);
        Assert.Equal(1, recovered.ExitCode);
        Assert.Contains("2 messages recovered", recovered.Output, StringComparison.Ordinal);
        Directory.Move(spool, gateway["aside"]);
        Directory.Move(gateway["spool"], spool);
        gateway.Set($"Relay:DefaultRoute:Hosts:0={downstream.Address}");
        await gateway.StartAsync();
        await gateway.WaitForEmptyQueueAsync();
        Assert.Equal(["one@example.net", "three@example.net"], downstream.Messages.Select(m => m.Recipients[0]).Order(StringComparer.Ordinal));
    }

    private static int Find(string file, string text) => File.ReadAllBytes(file).AsSpan().IndexOf(System.Text.Encoding.ASCII.GetBytes(text));
}
