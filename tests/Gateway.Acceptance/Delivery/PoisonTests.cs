using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;
using Gateway.Acceptance.Harness;
using Gateway.TestKit;

namespace Gateway.Acceptance.Delivery;

/// <summary>The incident that the product exists to prevent, in small: messages on which the mail system behind hangs. Full size: <c>gateway drill poison-hang</c>.</summary>
public sealed class PoisonTests
{
    private const int Poison = 12;

    private static readonly TimeSpan Hang = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Late = TimeSpan.FromSeconds(2);

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact(Timeout = 240_000)]
    public async Task Hangs_CleanMailArrivesAtOnce_PoisonEndsInTheQuarantineWithItsTranscript()
    {
        await using ScriptedSmtpServer downstream = new() { KeepTranscript = false };
        ConcurrentDictionary<string, DateTimeOffset> arrived = new(StringComparer.Ordinal);
        ConcurrentDictionary<string, int> attempts = new(StringComparer.Ordinal);
        downstream.On(SmtpStep.FinalDot, m =>
        {
            string name = m.Recipients[0].Split('@')[0];
            if (name.StartsWith("poison", StringComparison.Ordinal))
            {
                attempts.AddOrUpdate(name, 1, static (_, n) => n + 1);
                return SmtpAction.Delay(Hang).Then(SmtpAction.Drop);
            }

            arrived[name] = TimeProvider.System.GetUtcNow();
            return null;
        });

        // Fewer seats than messages that hang at once: without spares nothing would move.
        await using GatewayUnderTest gateway = await GatewayUnderTest.StartAsync(downstream, "Relay:Concurrency=5", "Relay:Retry:First=2s", "Relay:Isolation:HangAfter=500ms");
        await Mail.AcceptedAsync(gateway.Smtp, Mail.Clean("warm"), "warm@example.net");
        await downstream.WaitForMessagesAsync(1, Ct);

        Dictionary<string, DateTimeOffset> accepted = [];
        int poisoned = 0;
        for (int i = 0; poisoned < Poison || await QuarantinedAsync(gateway) < Poison; i++)
        {
            Assert.True(i < 900, $"After {i} clean messages only {await QuarantinedAsync(gateway)} poison messages are in the quarantine.");
            string name = string.Create(CultureInfo.InvariantCulture, $"clean{i}");
            await Mail.AcceptedAsync(gateway.Smtp, Mail.Clean(name), $"{name}@example.net");
            accepted[name] = TimeProvider.System.GetUtcNow();
            if (i >= 10 && i % 3 == 0 && poisoned < Poison)
            {
                string bad = string.Create(CultureInfo.InvariantCulture, $"poison{poisoned++}");
                await Mail.AcceptedAsync(gateway.Smtp, Mail.Clean(bad), $"{bad}@example.net");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(100), Ct);
        }

        await Eventually.TrueAsync(() => accepted.Keys.All(arrived.ContainsKey), "all clean mail is there");
        TimeSpan[] took = [.. accepted.Select(a => arrived[a.Key] - a.Value).Order()];
        TestContext.Current.TestOutputHelper?.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"clean: {took.Length}, p50 {took[took.Length / 2].TotalMilliseconds:0.0} ms, p99 {took[took.Length * 99 / 100].TotalMilliseconds:0.0} ms, max {took[^1].TotalMilliseconds:0.0} ms, late {took.Count(t => t > Late)}; poison quarantined {Poison}, attempts at most {attempts.Values.Max()}"));
        Assert.Equal(0, took.Count(t => t > Late));
        Assert.InRange(attempts.Values.Max(), 2, 3);
        Assert.Equal(accepted.Count + 1, downstream.Messages.Count);

        IReadOnlyList<JsonElement> held = await gateway.JsonAsync("quarantine", "list", "--limit", "100");
        Assert.Equal(Poison, held.Count);
        JsonElement shown = (await gateway.JsonAsync("quarantine", "show", held[0].GetProperty("id").GetString()!))[0].GetProperty("entry");
        Assert.Equal("downstream-poison", shown.GetProperty("worstRule").GetString());
        Assert.StartsWith("poison", shown.GetProperty("recipients")[0].GetString(), StringComparison.Ordinal);
        Assert.All(shown.GetProperty("findings").EnumerateArray(), f =>
            Assert.Contains("DATA answered", f.GetProperty("detail").GetString(), StringComparison.Ordinal));
        Assert.Equal(Poison, await gateway.MetricAsync("gateway_poison_total"));
        await gateway.WaitForEmptyQueueAsync();
        Assert.DoesNotContain(gateway.Log, l => l.Contains(" is down: ", StringComparison.Ordinal));
    }

    [Fact(Timeout = 180_000)]
    public async Task Orders_ByFilter_HoldSummaryExportResume_AndPausedRoutesSurviveARestart()
    {
        await using ScriptedSmtpServer downstream = new();
        downstream.On(SmtpStep.Rcpt, m => m.Line.Contains("@busy.test", StringComparison.Ordinal) ? SmtpAction.Reply("450 4.2.1 mailbox 17 busy") : null);
        await using GatewayUnderTest gateway = await GatewayUnderTest.StartAsync(downstream, "Relay:Retry:First=1h");
        string one = await Mail.AcceptedAsync(gateway.Smtp, Mail.Clean("one"), "one@busy.test");
        string two = await Mail.AcceptedAsync(gateway.Smtp, Mail.Clean("two"), "two@busy.test");
        await Eventually.TrueAsync(async () => await gateway.StatusAsync("deferred") == 2, "both wait");

        JsonElement group = Assert.Single(await gateway.JsonAsync("queue", "summary"));
        Assert.Equal(("default", "deferred", "450 4.2.1 mailbox # busy", 2), (
            group.GetProperty("route").GetString(), group.GetProperty("state").GetString(), group.GetProperty("reason").GetString(),
            group.GetProperty("count").GetInt32()));
        Assert.Contains("mailbox # busy", (await gateway.CommandAsync("queue", "summary")).Good().Output, StringComparison.Ordinal);

        Assert.Equal(64, (await gateway.CommandAsync("queue", "hold")).ExitCode);
        Assert.Equal(64, (await gateway.CommandAsync("queue", "hold", "--older-than", "soon")).ExitCode);
        Assert.Equal(System.Net.HttpStatusCode.BadRequest, (await gateway.HttpAsync("api/queue?colour=red")).Status);
        Assert.Contains("would hold", (await gateway.CommandAsync("queue", "hold", "--reason", "BUSY", "--dry-run")).Good().Output, StringComparison.Ordinal);
        Assert.Equal(0, await gateway.StatusAsync("onHold"));
        Assert.Contains("0 messages", (await gateway.CommandAsync("queue", "hold", "--reason", "busy", "--older-than", "1h")).Good().Output, StringComparison.Ordinal);
        Assert.Contains("1 message ", (await gateway.CommandAsync("queue", "hold", "--to", "one@busy.test", "--note", "ask ann")).Good().Output, StringComparison.Ordinal);

        (await gateway.CommandAsync("queue", "export", one, "--output", gateway["out"])).Good();
        Assert.Equal(Mail.Clean("one"), Mail.WithoutTrace(await File.ReadAllTextAsync(Path.Combine(gateway["out"], one + ".eml"), Ct)));
        Assert.Equal(one, JsonElement.Parse(await File.ReadAllTextAsync(Path.Combine(gateway["out"], one + ".json"), Ct)).GetProperty("id").GetString());

        (await gateway.CommandAsync("route", "pause", "default")).Good();
        Assert.Equal(66, (await gateway.CommandAsync("route", "pause", "nowhere.test")).ExitCode);
        Assert.Equal(0, await gateway.StopAsync());
        downstream.ClearRules();
        await gateway.StartAsync();
        Assert.Equal("ask ann", Assert.Single(await gateway.JsonAsync("queue", "list", "--state", "on-hold")).GetProperty("hold").GetString());
        string three = await Mail.AcceptedAsync(gateway.Smtp, Mail.Clean("three"), "three@example.net");
        Assert.True(Assert.Single(await gateway.JsonAsync("route", "list")).GetProperty("paused").GetBoolean());
        (await gateway.CommandAsync("queue", "retry", two)).Good();
        (await gateway.CommandAsync("queue", "resume", "--all")).Good();
        Assert.Empty(downstream.Messages);

        (await gateway.CommandAsync("route", "resume", "default")).Good();
        await downstream.WaitForMessagesAsync(3, Ct);
        await gateway.WaitForEmptyQueueAsync();
        Assert.Equal(66, (await gateway.CommandAsync("queue", "remove", three, "--note", "late")).ExitCode);
    }

    private static async Task<long> QuarantinedAsync(GatewayUnderTest gateway) => await gateway.StatusAsync("quarantined");
}
