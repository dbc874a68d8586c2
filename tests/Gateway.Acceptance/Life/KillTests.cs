using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Gateway.Acceptance.Harness;
using Gateway.TestKit;

namespace Gateway.Acceptance.Life;

/// <summary><c>kill -9</c> at any moment: what was answered 250 is delivered or quarantined after the restart.</summary>
public sealed class KillTests
{
    private const int KillsInEveryRun = 24;
    private const int Clients = 6;

    private readonly ConcurrentDictionary<string, string> _acknowledged = new(StringComparer.Ordinal);
    private int _sent;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact(Timeout = 420_000)]
    public Task Kill_InTheMiddleOfLoadAgainAndAgain_LosesNothingThatWasAcknowledged() => StormAsync(KillsInEveryRun, seed: 2);

    /// <summary>eng/kill-storm.sh: as many kills as <c>GATEWAY_KILLS</c> says.</summary>
    [Fact(Timeout = 7_200_000, Explicit = true)]
    public Task Storm_OfKills_LosesNothingThatWasAcknowledged() => StormAsync(
        int.Parse(Environment.GetEnvironmentVariable("GATEWAY_KILLS") ?? "200", CultureInfo.InvariantCulture),
        int.Parse(Environment.GetEnvironmentVariable("GATEWAY_KILL_SEED") ?? "1", CultureInfo.InvariantCulture));

    private async Task StormAsync(int kills, int seed)
    {
        await using ScriptedSmtpServer downstream = new() { KeepTranscript = false };
        // Small segments and a small memory limit: the kills meet segment changes and messages on their way to a file too.
        await using GatewayUnderTest gateway = new(downstream, "Spool:SegmentBytes=1MB", "Limits:MemoryBytes=64KB");
        Random random = new(seed);
        for (int round = 0; round < kills; round++)
        {
            await gateway.StartAsync();
            using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(Ct);
            int before = _acknowledged.Count;
            Task[] clients = [.. Enumerable.Range(0, Clients).Select(_ => Task.Run(() => SendUntilCutOffAsync(gateway.Smtp, stop.Token), Ct))];
            // In the middle of load: some mail was acknowledged by this process, and more is under way.
            await Eventually.TrueAsync(() => _acknowledged.Count > before, "the load has begun");
            await Task.Delay(random.Next(5, 300), Ct);
            await gateway.KillAsync();
            await stop.CancelAsync();
            await Task.WhenAll(clients);
        }

        await gateway.StartAsync();
        await gateway.WaitForEmptyQueueAsync();
        string[] good = [.. _acknowledged.Where(a => a.Key[0] == 'g').Select(a => a.Key)];
        string[] bad = [.. _acknowledged.Where(a => a.Key[0] != 'g').Select(a => a.Key)];
        Dictionary<string, int> delivered = CountById(downstream.Messages.Select(m => m.Recipients[0]));
        Dictionary<string, int> held = [];
        await Eventually.TrueAsync(
            async () =>
            {
                held = CountById((await QuarantinedAsync(gateway)).Select(h => h.Recipient));
                return bad.All(held.ContainsKey);
            },
            "all malformed mail that was acknowledged is quarantined");

        int twice = delivered.Values.Sum(n => n - 1);
        int heldTwice = held.Values.Sum(n => n - 1);
        TestContext.Current.TestOutputHelper?.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{kills} kills: {_sent} messages begun, {_acknowledged.Count} answered 250 ({good.Length} good, {bad.Length} malformed); "
            + $"delivered {delivered.Count} different, {twice} of them once more; quarantined {held.Count} different, {heldTwice} of them once more; lost 0"));
        Assert.DoesNotContain(good, id => !delivered.ContainsKey(id));
        Assert.DoesNotContain(bad, id => !held.ContainsKey(id));
        Assert.DoesNotContain(delivered.Keys, id => id[0] != 'g');
        Assert.DoesNotContain(held.Keys, id => id[0] == 'g');
        Assert.True(good.Length > Math.Min(100, 4 * kills) && bad.Length >= Math.Min(20, kills), "the load was too small to prove anything");
        foreach (ReceivedMessage message in downstream.Messages)
        {
            string id = message.Recipients[0].Split('@')[0];
            Assert.Equal(Content(id), Mail.WithoutTrace(message.Text));
        }

        // Downstream's 250 and our note of it cannot be one step: what was under way at a kill may come twice, no more than that.
        Assert.InRange(twice, 0, kills * 200);
        Assert.Equal(0, heldTwice);
        await CheckBodiesAsync(gateway);
    }

    /// <summary>Identical bodies are stored once: half of those who have one give it up, in the middle of which the process dies.</summary>
    private static async Task CheckBodiesAsync(GatewayUnderTest gateway)
    {
        (string Id, string Recipient)[] same = [.. (await QuarantinedAsync(gateway)).Where(h => h.Recipient[0] == 's')];
        Assert.True(same.Length > 1, "too little identical mail was quarantined");
        Task discards = OrderUntilCutOffAsync(gateway, "discard", [.. same.Where((_, i) => i % 2 == 0).Select(h => h.Id)]);
        await Task.Delay(50, Ct);
        await gateway.KillAsync();
        await discards;
        await gateway.StartAsync();
        (string Id, string Recipient)[] left = [.. await QuarantinedAsync(gateway)];
        Assert.All(same.Where((_, i) => i % 2 == 1), h => Assert.Contains(h, left));
        foreach ((string id, string recipient) in left)
        {
            Assert.Equal(Content(recipient.Split('@')[0]), (await gateway.HttpAsync($"api/quarantine/{id}/message")).Body);
        }
    }

    [Fact(Timeout = 240_000)]
    public async Task Kill_WhileReleasing_DeliversEveryReleasedMessage()
    {
        const int Kept = 40;
        await using ScriptedSmtpServer downstream = new() { KeepTranscript = false };
        await using GatewayUnderTest gateway = await GatewayUnderTest.StartAsync(downstream);
        for (int i = 0; i < Kept; i++)
        {
            string id = string.Create(CultureInfo.InvariantCulture, $"b-{i}");
            await Mail.AcceptedAsync(gateway.Smtp, Mail.Malformed(id), $"{id}@example.net");
        }

        await Eventually.TrueAsync(async () => await gateway.StatusAsync("quarantined") == Kept, "all is quarantined");
        string[] ids = [.. (await gateway.JsonAsync("quarantine", "list")).Select(e => e.GetProperty("id").GetString()!)];
        Random random = new(3);
        for (int kill = 0; kill < 5; kill++)
        {
            Task orders = OrderUntilCutOffAsync(gateway, "release", ids);
            await Task.Delay(random.Next(5, 60), Ct);
            await gateway.KillAsync();
            await orders;
            await gateway.StartAsync();
        }

        await OrderUntilCutOffAsync(gateway, "release", ids);
        await Eventually.TrueAsync(async () => await gateway.StatusAsync("quarantined") == 0, "all is released");
        await gateway.WaitForEmptyQueueAsync();
        Dictionary<string, int> delivered = CountById(downstream.Messages.Select(m => m.Recipients[0]));
        TestContext.Current.TestOutputHelper?.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"5 kills while {Kept} messages were released: {delivered.Count} delivered, {delivered.Values.Sum(n => n - 1)} once more"));
        Assert.Equal(Kept, delivered.Count);
        Assert.All(
            downstream.Messages, m => Assert.Equal(Mail.Malformed(m.Recipients[0].Split('@')[0]), Mail.WithoutTrace(m.Text, fields: 2)));
    }

    private static async Task OrderUntilCutOffAsync(GatewayUnderTest gateway, string order, string[] ids)
    {
        try
        {
            foreach (string id in ids)
            {
                await gateway.HttpAsync($"api/quarantine/{id}/{order}", method: HttpMethod.Post, body: """{"reason":"checked"}""");
            }
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            // Killed.
        }
    }

    private static async Task<IReadOnlyList<(string Id, string Recipient)>> QuarantinedAsync(GatewayUnderTest gateway)
    {
        List<(string Id, string Recipient)> held = [];
        string after = string.Empty;
        while (true)
        {
            JsonElement[] page = [.. JsonElement.Parse((await gateway.HttpAsync($"api/quarantine?state=quarantined&limit=1000{after}")).Body).EnumerateArray()];
            if (page.Length == 0)
            {
                return held;
            }

            held.AddRange(page.Select(e => (e.GetProperty("id").GetString()!, e.GetProperty("firstRecipient").GetString()!)));
            after = $"&after={Uri.EscapeDataString(page[^1].GetProperty("cursor").GetString()!)}";
        }
    }

    private static Dictionary<string, int> CountById(IEnumerable<string> recipients) => recipients
        .GroupBy(r => r.Split('@')[0], StringComparer.Ordinal).ToDictionary(g => g.Key, g => g.Count(), StringComparer.Ordinal);

    /// <summary>The same id always makes the same message: every fourth malformed, half of these with identical octets; every tenth clean one large.</summary>
    private static string Content(string id) => id[0] == 's' ? Mail.Malformed("same") : id[0] == 'b' ? Mail.Malformed(id) : Mail.Clean(id, id.EndsWith('0') ? 200_000 : 2_000);

    private async Task SendUntilCutOffAsync(IPEndPoint gateway, CancellationToken stop)
    {
        try
        {
            await using ScriptedSmtpClient client = await ScriptedSmtpClient.ConnectAsync(gateway, stop, TimeSpan.FromSeconds(60));
            await client.ReadReplyAsync(stop);
            await client.SayAsync("EHLO client.test", stop);
            while (!stop.IsCancellationRequested)
            {
                int number = Interlocked.Increment(ref _sent);
                string id = string.Create(CultureInfo.InvariantCulture, $"{(number % 8) switch { 3 => 'b', 7 => 's', _ => 'g' }}-{number}");
                string? reply = await client.DeliverAsync(Mail.Sender, [$"{id}@example.net"], Content(id), stop);
                if (reply is null)
                {
                    return;
                }

                Assert.StartsWith("250 ", reply, StringComparison.Ordinal);
                _acknowledged[id] = reply;
            }
        }
        catch (Exception e) when (e is SocketException or IOException or OperationCanceledException)
        {
            // Cut off, as it must be.
        }
    }
}
