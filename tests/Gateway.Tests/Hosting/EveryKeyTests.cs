using System.Globalization;
using Gateway.Api;
using Gateway.Configuration;
using Gateway.Hosting;
using Gateway.Mime;
using Gateway.TestKit;
using Gateway.Tests.Management;
using Xunit;

namespace Gateway.Tests.Hosting;

/// <summary>Every key of the configuration is changed in a running gateway: a reload takes it, or names it as needing a restart.</summary>
public sealed class EveryKeyTests : IAsyncDisposable
{
    private readonly Lock _gate = new();
    private readonly CancellationTokenSource _stop = new();
    private Dictionary<string, string> _given = new(StringComparer.Ordinal);
    private int _accepted;
    private string? _refused;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Reload_EachKeyInTurnUnderLoad_TakesItOrNamesIt()
    {
        await using LiveGateway gateway = await StartAsync();
        Task[] clients = [.. Enumerable.Range(0, 4).Select(_ => SendAsync(gateway))];
        Dictionary<string, string> plain = _given;
        List<string> faults = [];
        int rows = 0;
        foreach (KeyRow row in KeyTable.Rows())
        {
            rows++;
            Give(plain, row.Both);
            Assert.True(gateway.Host.Reload("test").Accepted, $"{row}: {string.Join(' ', gateway.Host.Reload("test").Problems)}");
            (string before, string its, Dictionary<string, string> both) = (Snapshot(), Row(row.Key), _given);
            if (!row.Values.Any(value => IsChange(both, row, value, its) && (SettingSchema.NeedsRestart($"Gateway:{row.Key}") || Snapshot() != before)))
            {
                faults.Add($"{row}: no value of its row is allowed and changes it; give it one in KeyTable");
                continue;
            }

            ReloadReport report = gateway.Host.Reload("test");
            bool isNamed = report.NeedRestart.Contains($"Gateway:{row.Key}");
            bool isTaken = report.Taken.Contains($"Gateway:{row.Key}") && Snapshot() != before;
            if (!report.Accepted || isNamed == isTaken)
            {
                faults.Add($"{row}: {(isNamed ? "taken and named as needing a restart" : "neither taken nor named")} {string.Join(' ', report.Problems)}");
            }

            // Mail passes with the new value before the next one comes.
            int seen = Volatile.Read(ref _accepted);
            await LiveGateway.UntilAsync(() => Volatile.Read(ref _accepted) > seen + 1 || _refused is not null);
        }

        await _stop.CancelAsync();
        await Task.WhenAll(clients);
        Assert.Empty(faults);
        Assert.Null(_refused);
        Assert.InRange(rows, 150, 1000);
        await LiveGateway.UntilAsync(() => gateway.Downstream.Messages.Count >= _accepted);
        Assert.Equal(_accepted, gateway.Downstream.Messages.Count);
    }

    [Theory]
    [InlineData("Limits:Recipients", "7", 0, "Gateway:Limits:Recipients is taken.", null)]
    [InlineData("Log:Level", "Warning", 1, "Gateway:Log:Level counts after a restart only.", "warning: Gateway:Log:Level counts after a restart only")]
    [InlineData("Limits:Recipients", "many", 78, "Nothing was changed.", "warning: the last reload changed nothing: ")]
    public async Task Reload_ByCommand_SaysInAnswerExitCodeAndStatusWhatWasTaken(string key, string value, int code, string said, string? status)
    {
        await using LiveGateway gateway = await StartAsync();
        Give(_given, [(key, value)]);
        CommandRun reload = await gateway.RunAsync("reload");
        Assert.Equal(code, reload.ExitCode);
        Assert.Contains(said, reload.Output, StringComparison.Ordinal);
        CommandRun seen = await gateway.RunAsync("status");
        Assert.Equal(0, seen.ExitCode);
        Assert.Contains(status ?? "  configuration: generation 3", seen.Output, StringComparison.Ordinal);
        Assert.Equal(status is null, !seen.Output.Contains("warning:", StringComparison.Ordinal));
    }

    [Fact]
    public void NeedsRestart_OfWholeKeys_GoesByTheKeyOrItsSection()
    {
        Assert.True(SettingSchema.NeedsRestart("Gateway:Listeners:0:Tls:Certificates:3:KeyFile"));
        Assert.True(SettingSchema.NeedsRestart("Gateway:Relay:Isolation:HangAfter"));
        Assert.False(SettingSchema.NeedsRestart("Gateway:Relay:Isolation:PoisonPerHour"));
        Assert.False(SettingSchema.NeedsRestart("Gateway:Relay:Routes:0:Hosts:1"));
        Assert.False(SettingSchema.NeedsRestart("Gateway:Rules:line-too-long:Tag"));
    }

    public ValueTask DisposeAsync()
    {
        _stop.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task<LiveGateway> StartAsync()
    {
        LiveGateway gateway = await LiveGateway.StartByOptionsAsync(
            (settings, options) =>
            {
                Reloading reloading = new(Load, options, settings);
                return settings with { Reloading = reloading, RelayProfile = () => reloading.Relay, ServerProfile = () => reloading.Server };
            },
            KeyTable.Base);
        _given = gateway.Settings.Select(s => s["--Gateway:".Length..].Split('=', 2)).ToDictionary(s => s[0], s => s[1], StringComparer.Ordinal);
        _given["Relay:Routes:1:Domain"] = "load.test";
        _given["Relay:Routes:1:Hosts:0"] = gateway.Downstream.Address;
        Assert.True(gateway.Host.Reload("test").Accepted);
        return gateway;
    }

    // Sessions of five messages, so that most of them begin with a new configuration.
    private async Task SendAsync(LiveGateway gateway)
    {
        while (!_stop.IsCancellationRequested && _refused is null)
        {
            await using ScriptedSmtpClient client = await ScriptedSmtpClient.ConnectAsync(gateway.Host.SmtpEndPoints[0], Ct, TimeSpan.FromMinutes(1));
            await client.ReadReplyAsync(Ct);
            await client.SayAsync("EHLO client.test", Ct);
            for (int i = 0; i < 5 && _refused is null; i++)
            {
                string[] replies =
                [
                    await client.SayAsync("MAIL FROM:<ada@example.org>", Ct) ?? "", await client.SayAsync("RCPT TO:<bob@load.test>", Ct) ?? "", await client.SayAsync("DATA", Ct) ?? "",
                ];
                await client.SendAsync("From: ada@example.org\r\nTo: bob@load.test\r\nDate: Mon, 23 Nov 2026 09:00:00 +0000\r\nMessage-ID: <1@example.org>\r\n\r\nHello.\r\n.\r\n", Ct);
                string last = await client.ReadReplyAsync(Ct) ?? "the connection broke";
                if (last.StartsWith("250", StringComparison.Ordinal))
                {
                    Interlocked.Increment(ref _accepted);
                }
                else
                {
                    Interlocked.CompareExchange(ref _refused, string.Join(" | ", [.. replies, last]), null);
                }
            }
        }
    }

    private bool IsChange(Dictionary<string, string> both, KeyRow row, string value, string before)
    {
        Give(both, [.. row.With, (row.Key, value)]);
        return Load().Options is not null && Row(row.Key) != before;
    }

    private string Row(string key) => Load().Options is not GatewayOptions options ? string.Empty : ConfigurationDescription
        .ToRows(options, new Dictionary<string, SettingOrigin>(StringComparer.Ordinal))
        .FirstOrDefault(r => r.Key == $"Gateway:{key}").Value ?? string.Empty;

    private void Give(Dictionary<string, string> before, IReadOnlyList<(string Key, string? Value)> changes)
    {
        Dictionary<string, string> given = new(before, StringComparer.Ordinal);
        foreach ((string key, string? value) in changes)
        {
            if (value is null)
            {
                given.Remove(key);
            }
            else
            {
                given[key] = value;
            }
        }

        lock (_gate)
        {
            _given = given;
        }
    }

    private GatewayConfiguration Load()
    {
        lock (_gate)
        {
            return GatewayConfiguration.Load(
                null, [.. _given.Select(g => string.Create(CultureInfo.InvariantCulture, $"--Gateway:{g.Key}={g.Value}"))],
                new Dictionary<string, string>(StringComparer.Ordinal), [.. RuleCatalogue.All.Select(r => r.Name)]);
        }
    }

    // What sessions and deliveries are given by this configuration. Not the snapshots in use, whose caches traffic fills.
    private string Snapshot()
    {
        Assert.True(HostSettings.TryMake(Load().Options!, out GatewayHostSettings settings, out _));
        return SnapshotText.Of(settings.RelayProfile()) + SnapshotText.Of(settings.ServerProfile());
    }
}
