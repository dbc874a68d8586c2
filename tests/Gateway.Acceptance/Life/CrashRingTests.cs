using System.Globalization;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Gateway.Acceptance.Harness;
using Gateway.TestKit;

namespace Gateway.Acceptance.Life;

/// <summary>A message under whose inspection the process dies is not read a second time.</summary>
public sealed class CrashRingTests
{
    private const int Attempts = 40;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact(Timeout = 300_000)]
    public async Task Kill_InTheMiddleOfAnInspection_HoldsTheMessageUninspectedWhenItComesAgain()
    {
        await using ScriptedSmtpServer downstream = new() { KeepTranscript = false };
        await using GatewayUnderTest gateway = new(downstream);
        string slow = Slow();
        bool caught = false;
        for (int attempt = 0; attempt < Attempts && !caught; attempt++)
        {
            await gateway.StartAsync();
            caught = await Suspects(gateway) > 0;
            if (!caught)
            {
                await KillDuringInspectionAsync(gateway, slow);
            }
        }

        Assert.True(caught, "no kill met an inspection");
        Assert.Contains(gateway.Log, l => l.Contains("messages under inspection", StringComparison.Ordinal));

        // Quarantined without being read; its neighbours are read and pass.
        await Mail.AcceptedAsync(gateway.Smtp, slow, "bob@example.net");
        await Mail.AcceptedAsync(gateway.Smtp, Mail.Clean("clean"), "bob@example.net");
        await downstream.WaitForMessagesAsync(1, Ct);
        Assert.Equal("parser-fault", await LastRuleAsync(gateway, 1));
        JsonElement suspect = Assert.Single(await gateway.JsonAsync("crashes", "list"));
        Assert.Equal(1, suspect.GetProperty("quarantined").GetInt32());
        Assert.Equal(1, await gateway.MetricAsync("gateway_inspection_suspects"));

        // Remembered over a clean restart, until an administrator knows better.
        await gateway.StopAsync();
        await gateway.StartAsync();
        await Mail.AcceptedAsync(gateway.Smtp, slow, "bob@example.net");
        Assert.Equal("parser-fault", await LastRuleAsync(gateway, 2));
        (await gateway.CommandAsync("crashes", "clear", suspect.GetProperty("digest").GetString()!)).Good();
        await Mail.AcceptedAsync(gateway.Smtp, slow, "bob@example.net");
        Assert.Equal("mime-depth-exceeded", await LastRuleAsync(gateway, 3));
        Assert.Single(downstream.Messages);
    }

    private static async Task KillDuringInspectionAsync(GatewayUnderTest gateway, string slow)
    {
        Task send = SendUntilCutOffAsync(gateway, slow);
        using FileStream ring = new(Path.Combine(gateway.Data, "inspection.ring"), FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        byte[] bytes = new byte[ring.Length];
        // The pages are shared with the process: what it marks is read here at once.
        while (!send.IsCompleted)
        {
            Ct.ThrowIfCancellationRequested();
            RandomAccess.Read(ring.SafeFileHandle, bytes, 0);
            if (bytes.AsSpan(64).ContainsAnyExcept((byte)0) && IsMarked(bytes))
            {
                break;
            }
        }

        await gateway.KillAsync();
        await send;
    }

    /// <summary>Header of 64 octets, slots of 64: digest, size, and at 24 when the inspection began, 0 when it is over.</summary>
    private static bool IsMarked(ReadOnlySpan<byte> ring)
    {
        for (int slot = 64; slot < ring.Length; slot += 64)
        {
            if (BitConverter.ToInt64(ring[(slot + 24)..]) != 0)
            {
                return true;
            }
        }

        return false;
    }

    private static async Task SendUntilCutOffAsync(GatewayUnderTest gateway, string slow)
    {
        try
        {
            await using ScriptedSmtpClient client = await Mail.ConnectAsync(gateway.Smtp);
            await client.DeliverAsync(Mail.Sender, ["bob@example.net"], slow, Ct);
        }
        catch (Exception e) when (e is SocketException or IOException)
        {
            // Killed.
        }
    }

    private static async Task<int> Suspects(GatewayUnderTest gateway) => (await gateway.JsonAsync("crashes", "list")).Count;

    private static async Task<string?> LastRuleAsync(GatewayUnderTest gateway, int held)
    {
        await Eventually.TrueAsync(async () => await gateway.StatusAsync("quarantined") == held, "the message is quarantined");
        return (await gateway.JsonAsync("quarantine", "list"))[0].GetProperty("worstRule").GetString();
    }

    /// <summary>Deep nesting and lines that might be delimiters of each level: milliseconds of inspection within all budgets.</summary>
    private static string Slow()
    {
        StringBuilder text = new(Mail.Head("slow") + "MIME-Version: 1.0\r\n");
        for (int i = 0; i < 30; i++)
        {
            text.Append(CultureInfo.InvariantCulture, $"Content-Type: multipart/mixed; boundary=level-{i:d2}\r\n\r\n--level-{i:d2}\r\n");
        }

        return text.Append("\r\n").Insert(text.Length, "--level-zz\r\n", 130_000).Insert(text.Length, "a line of some text, nothing else\r\n", 300_000).ToString();
    }
}
