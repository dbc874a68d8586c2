using System.Globalization;
using System.Text.Json;
using Gateway.Relay.Quarantine;
using Gateway.TestKit;
using Xunit;

namespace Gateway.Tests.Management;

/// <summary>Orders and exports in the middle of deliveries: what they say they did is what the host behind counts.</summary>
/// <remarks>In the suite 2 rounds of 60 messages; <c>eng/orders.sh</c> sets <c>GATEWAY_ORDERS=ROUNDSxMESSAGES</c> and reads what came of each order from the file <c>GATEWAY_ORDERS_RESULT</c>.</remarks>
public sealed class OrdersUnderLoadTests
{
    private const int Senders = 4;

    private static readonly string[] Size = (Environment.GetEnvironmentVariable("GATEWAY_ORDERS") ?? "2x60").Split('x');

    private static int Rounds => int.Parse(Size[0], CultureInfo.InvariantCulture);

    private static int Messages => int.Parse(Size[1], CultureInfo.InvariantCulture);

    [Theory]
    [InlineData("remove")]
    [InlineData("remove", "&now=true")]
    [InlineData("hold")]
    [InlineData("retry")]
    [InlineData("resume")]
    public async Task Order_WhileMessagesAreDelivered_SaysWhatHappened(string order, string more = "")
    {
        await using LiveGateway gateway = await StartAsync();
        int[] sums = new int[5];
        for (int round = 0; round < Rounds; round++)
        {
            HashSet<string> before = Arrived(gateway);
            await DeferAllAsync(gateway, round);
            if (order == "resume")
            {
                await gateway.OrderAsync("api/queue/orders/hold?all=true");
            }

            await BeginDeliveryAsync(gateway, retry: order != "retry");
            // What a retry does is begin deliveries: two at once share the messages.
            Task<JsonElement> other = order == "retry" ? gateway.OrderAsync("api/queue/orders/retry?all=true") : Task.FromResult(default(JsonElement));
            JsonElement outcome = await gateway.OrderAsync($"api/queue/orders/{order}?all=true{more}");
            int[] counts = [.. new[] { "asked", "count", "underWay", "gone", "failed" }.Select(name => outcome.GetProperty(name).GetInt32())];
            Assert.Equal(counts[0], counts[1..].Sum());
            Assert.Equal(0, counts[4]);
            if (order == "retry")
            {
                Assert.Equal(Messages, counts[1] + (await other).GetProperty("count").GetInt32());
            }

            if (order == "hold")
            {
                await LiveGateway.UntilAsync(() => gateway.Host.Relay.Delivery.Totals().Active == 0);
                await gateway.OrderAsync("api/queue/orders/resume?all=true");
            }

            await LiveGateway.UntilAsync(() => gateway.Host.Relay.Delivery.Count == 0, seconds: 300);
            HashSet<string> arrived = Arrived(gateway);
            arrived.ExceptWith(before);
            Assert.Equal(order == "remove" ? Messages - counts[1] : Messages, arrived.Count);
            sums = [.. sums.Zip(counts, static (sum, count) => sum + count)];
            await NothingRemovedArrivedAsync(gateway, arrived, order == "remove" && more.Length == 0 ? sums[1] : 0);
        }

        Say(order + more, $"{sums[0]} asked = {sums[1]} done + {sums[2]} under way + {sums[3]} gone + {sums[4]} failed", Arrived(gateway).Count);
    }

    [Fact]
    public async Task Export_WhileMessagesAreDelivered_WritesWholeMessagesAndCountsTheRest()
    {
        await using LiveGateway gateway = await StartAsync();
        int written = 0;
        int gone = 0;
        for (int round = 0; round < Rounds; round++)
        {
            await DeferAllAsync(gateway, round);
            string folder = Path.Combine(gateway.Folder, $"export{round}");
            Task<CommandRun> export = gateway.RunAsync("queue", "export", "--all", "-o", folder);
            await LiveGateway.UntilAsync(() => Directory.Exists(folder) && Directory.EnumerateFiles(folder).Skip(Messages / 10).Any());
            await BeginDeliveryAsync(gateway);
            CommandRun run = await export;
            Assert.True(run.ExitCode == 0, run.Error);
            string[] files = Directory.GetFiles(folder, "*.eml");
            Assert.Equal(files.Length, Directory.GetFiles(folder, "*.json").Length);
            Assert.All(files, file => Assert.EndsWith("\r\nHello.\r\n", File.ReadAllText(file), StringComparison.Ordinal));
            string[] summary = run.Output.TrimEnd().Split('\n')[^1].Split([' ', ','], StringSplitOptions.RemoveEmptyEntries);
            Assert.Equal(files.Length, int.Parse(summary[0], CultureInfo.InvariantCulture));
            Assert.InRange(files.Length, 0, Messages);
            written += files.Length;
            gone += summary.Length > 2 ? int.Parse(summary[2], CultureInfo.InvariantCulture) : 0;
            await LiveGateway.UntilAsync(() => gateway.Host.Relay.Delivery.Count == 0, seconds: 300);
            Assert.Equal(Messages * (round + 1), Arrived(gateway).Count);
        }

        Say("export", $"{written} written whole, {gone} had gone meanwhile", Arrived(gateway).Count);
    }

    private static Task<LiveGateway> StartAsync() => LiveGateway.StartAsync(settings: ["Relay:Retry:First=1h", "Limits:SessionMessages=100000"]);

    /// <summary>Sends the messages of a round; the host puts all of them off.</summary>
    private static async Task DeferAllAsync(LiveGateway gateway, int round)
    {
        gateway.Downstream.On(SmtpStep.Rcpt, SmtpAction.Reply("451 4.7.1 later"));
        await Task.WhenAll(Enumerable.Range(0, Senders).Select(async sender =>
        {
            await using ScriptedSmtpClient client = await ScriptedSmtpClient.GreetAsync(gateway.Host.SmtpEndPoints[0], LiveGateway.Ct);
            for (int i = sender; i < Messages; i += Senders)
            {
                string reply = await client.DeliverAsync("ada@example.org", [$"r{round}m{i}@example.net"], Message, LiveGateway.Ct) ?? string.Empty;
                Assert.StartsWith("250", reply, StringComparison.Ordinal);
            }
        }));
        await LiveGateway.UntilAsync(() => gateway.Host.Relay.Delivery.Totals().Deferred == Messages, seconds: 300);
    }

    private static async Task BeginDeliveryAsync(LiveGateway gateway, bool retry = true)
    {
        gateway.Downstream.ClearRules();
        if (retry)
        {
            await gateway.OrderAsync("api/queue/retry");
        }
    }

    /// <summary>Recipients whose mail the host has; one that has it twice fails the test.</summary>
    private static HashSet<string> Arrived(LiveGateway gateway)
    {
        string[] recipients = [.. gateway.Downstream.Messages.SelectMany(m => m.Recipients)];
        HashSet<string> once = [.. recipients];
        Assert.Equal(recipients.Length, once.Count);
        return once;
    }

    /// <summary>What was removed for a day lies in the quarantine, and none of it is with the host.</summary>
    private static async Task NothingRemovedArrivedAsync(LiveGateway gateway, HashSet<string> arrived, int removed)
    {
        IQuarantineStore store = gateway.Host.Relay.Quarantine.Store;
        await LiveGateway.UntilAsync(async () => (await store.TotalsAsync(LiveGateway.Ct)).Items.GetValueOrDefault(QuarantineState.Quarantined) >= removed);
        QuarantineCursor? after = null;
        do
        {
            IReadOnlyList<QuarantineSummary> page = await store.ListAsync(new QuarantineFilter { State = QuarantineState.Quarantined, After = after, Limit = QuarantineFilter.MaxLimit }, LiveGateway.Ct);
            foreach (QuarantineSummary entry in page)
            {
                Assert.DoesNotContain(entry.FirstRecipient, arrived);
            }

            after = page.Count < QuarantineFilter.MaxLimit ? null : page[^1].Cursor;
        }
        while (after is not null);
    }

    private static void Say(string order, string counts, int arrived)
    {
        if (Environment.GetEnvironmentVariable("GATEWAY_ORDERS_RESULT") is string path)
        {
            File.AppendAllText(path, $"| {order} | {Rounds} x {Messages} | {counts} | {arrived} |\n");
        }
    }

    private const string Message =
        "From: ada@example.org\r\nTo: b@example.net\r\nDate: Mon, 23 Nov 2026 09:00:00 +0000\r\nMessage-ID: <1@example.org>\r\nSubject: hi\r\n\r\nHello.\r\n";
}
