using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Net;
using System.Text.RegularExpressions;
using Gateway.Relay.Delivery.Routes;
using Xunit;

namespace Gateway.Tests.Management;

/// <summary>A dead host and a paused route are seen wherever a person or a monitor looks.</summary>
public sealed partial class WarningTests
{
    private static readonly string[] TwoRoutes =
    [
        // Nobody listens on port 1.
        "Relay:Routes:0:Domain=down.test", "Relay:Routes:0:Hosts:0=127.0.0.1:1",
        "Relay:Routes:1:Domain=paused.test", "Relay:Routes:1:Hosts:0=127.0.0.1:1",
    ];

    [Fact]
    public async Task HostDownAndRoutePaused_EveryViewSaysSo()
    {
        await using LiveGateway gateway = await LiveGateway.StartAsync(settings: TwoRoutes);
        Assert.Equal(0, (await gateway.RunAsync("status", "--strict")).ExitCode);
        Assert.Equal("ready\n", (await gateway.AskAsync("GET", "/readyz")).Text);

        CommandRun pause = await gateway.RunAsync("route", "pause", "paused.test", "--note", "upgrade of the store");
        Assert.True(pause.ExitCode == 0, pause.Error);
        string down = await gateway.SendAsync("Subject: a\r\n\r\nHello.\r\n", "bob@down.test", "ada@example.org");
        string paused = await gateway.SendAsync("Subject: b\r\n\r\nHello.\r\n", "bob@paused.test", "ada@example.org");
        await LiveGateway.UntilAsync(() => gateway.Host.Relay.Delivery.Routes().Any(r => r.Name == "down.test" && r.Hosts[0].DownSeconds is not null));

        CommandRun status = await gateway.RunAsync("status");
        (HttpStatusCode ready, string readiness) = await gateway.AskAsync("GET", "/readyz");
        Assert.Equal((0, HttpStatusCode.OK), (status.ExitCode, ready));
        foreach (string view in (string[])[status.Output, readiness])
        {
            Assert.Matches(@"warning: HostDown: route down\.test, host 127\.0\.0\.1:1 down \d+ s, (probe in \d+ s|probe with the next message|trying): .*refused", view);
            Assert.Matches(@"warning: RoutePaused: route paused\.test paused by \S.* since \d{4}-\d\d-\d\d \d\d:\d\dZ: upgrade of the store", view);
        }

        Assert.Equal(1, (await gateway.RunAsync("status", "--strict")).ExitCode);
        string metrics = (await gateway.AskAsync("GET", "/metrics")).Text;
        Assert.Matches("gateway_host_up\\{(?=[^}]*route=\"down\\.test\")(?=[^}]*host=\"127\\.0\\.0\\.1:1\")[^}]*\\} 0", metrics);
        Assert.Contains("gateway_route_hosts_down{route=\"down.test\"} 1", metrics, StringComparison.Ordinal);
        Assert.Contains("gateway_route_paused{route=\"paused.test\"} 1", metrics, StringComparison.Ordinal);
        Assert.Contains("gateway_route_paused{route=\"down.test\"} 0", metrics, StringComparison.Ordinal);

        string list = (await gateway.RunAsync("queue", "list")).Output;
        Assert.Matches($"(?m)^{down} .* (probe in \\d+ s|probe with the next message|trying) +127\\.0\\.0\\.1:1 is down: .*refused", list);
        Assert.Matches($"(?m)^{paused} .* paused +route paused by .*: upgrade of the store", list);
        string summary = (await gateway.RunAsync("queue", "summary")).Output;
        Assert.Contains("is down: ", summary, StringComparison.Ordinal);
        Assert.Contains("upgrade of the store", summary, StringComparison.Ordinal);
        Assert.Contains("1 message\n", (await gateway.RunAsync("queue", "list", "--reason", "upgrade of")).Output, StringComparison.Ordinal);
        Assert.Matches(@"(?m)^down\.test +running .* 127\.0\.0\.1:1 (down|trying)", (await gateway.RunAsync("route", "list")).Output);

        Assert.Equal(0, (await gateway.RunAsync("route", "resume", "paused.test")).ExitCode);
        Assert.DoesNotContain("RoutePaused", (await gateway.RunAsync("status")).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Lists_SayHowManyThereAreAndWhatTheyDoNotKnow()
    {
        await using LiveGateway gateway = await LiveGateway.StartAsync(settings: TwoRoutes);
        for (int i = 0; i < 3; i++)
        {
            await gateway.QuarantinedAsync($"quarantined {i}");
            await gateway.SendAsync("Subject: a\r\n\r\nHello.\r\n", "bob@down.test", $"out{i}@example.org");
        }

        Assert.Contains("2 of 3 messages; --limit shows more\n", (await gateway.RunAsync("queue", "list", "-n", "2")).Output, StringComparison.Ordinal);
        Assert.Contains("2 of 3 messages; --limit shows more\n", (await gateway.RunAsync("quarantine", "list", "-n", "2")).Output, StringComparison.Ordinal);
        Assert.Contains("1 of 3 messages; --limit shows more\n", (await gateway.RunAsync("quarantine", "list", "-n", "1", "--from", "ada@example.org")).Output, StringComparison.Ordinal);
        foreach ((string[] words, string near) in ((string[], string)[])
            [
                (["queue", "list", "--route", "dwon.test"], "Did you mean 'down.test'?"),
                (["queue", "summary", "--route", "dwon.test"], "Did you mean 'down.test'?"),
                (["queue", "hold", "--route", "dwon.test"], "Did you mean 'down.test'?"),
                (["quarantine", "list", "--rule", "missing-boundry"], "Did you mean 'missing-boundary'?"),
                (["queue", "list", "--state", "defered"], "Did you mean 'deferred'?"),
                (["quarantine", "list", "--state", "quarantine"], "Did you mean 'quarantined'?"),
            ])
        {
            CommandRun run = await gateway.RunAsync(words);
            Assert.True(run.ExitCode == 64 && run.Error.Contains(near, StringComparison.Ordinal), $"{string.Join(' ', words)}: {run.ExitCode} {run.Error}");
        }

        // One meaning everywhere: the whole address. Part of one would take out10 with out1.
        foreach ((string from, string count) in ((string, string)[])
            [("out1", "No message fits."), ("OUT1@example.org", "1 message\n"), ("@example.org", "3 messages\n"), ("@ample.org", "No message fits."), ("1@example.org", "No message fits.")])
        {
            Assert.Contains(count, (await gateway.RunAsync("queue", "list", "--from", from)).Output, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Metrics_EveryCounter_IsThereBeforeItsFirstEvent()
    {
        await using LiveGateway gateway = await LiveGateway.StartAsync();
        List<string> counters = [];
        using MeterListener listener = new()
        {
            InstrumentPublished = (instrument, _) =>
            {
                if (ReferenceEquals(instrument.Meter, gateway.Host.Relay.Metrics.Meter) && instrument is Counter<long>)
                {
                    counters.Add("gateway_" + instrument.Name["gateway.".Length..].Replace('.', '_'));
                }
            },
        };
        listener.Start();
        // Its values are names of the configuration, and there is none.
        counters.Remove("gateway_exceptions_used");
        Assert.InRange(counters.Count, 15, int.MaxValue);
        string text = (await gateway.AskAsync("GET", "/metrics")).Text;
        Assert.All(counters, c => Assert.Matches($"(?m)^{c}_total(\\{{.*\\}})? 0", text));
        Assert.Contains("gateway_poison_total{result=\"quarantined\"} 0", text, StringComparison.Ordinal);
        Assert.Contains("gateway_recipients_refused_total{reason=\"relay_denied\"} 0", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Metrics_Promtool_FindsNothingInOurNames()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/promtool"), "promtool is missing (Debian package prometheus); eng/test.sh installs it.");
        await using LiveGateway gateway = await LiveGateway.StartAsync(settings: TwoRoutes);
        await gateway.SendAsync("Subject: a\r\n\r\nHello.\r\n", "bob@down.test", "ada@example.org");
        using Process promtool = Process.Start(new ProcessStartInfo("/usr/bin/promtool", ["check", "metrics"])
        {
            UseShellExecute = false, RedirectStandardInput = true, RedirectStandardError = true, RedirectStandardOutput = true,
        })!;
        await promtool.StandardInput.WriteAsync((await gateway.AskAsync("GET", "/metrics")).Text);
        promtool.StandardInput.Close();
        string said = await promtool.StandardOutput.ReadToEndAsync(LiveGateway.Ct) + await promtool.StandardError.ReadToEndAsync(LiveGateway.Ct);
        await promtool.WaitForExitAsync(LiveGateway.Ct);
        Assert.DoesNotContain(said.Split('\n', StringSplitOptions.RemoveEmptyEntries), static l => !RuntimeName().IsMatch(l));
    }

    [Fact]
    public void Pause_KeepsWhoWhenAndWhyOverARestart()
    {
        using TemporaryFolder folder = new();
        folder.Write("paused-routes", "old.test\n");
        RoutePauses pauses = RoutePauses.Open(folder.Path);
        Assert.Equal("paused: no reason given", pauses.Find("OLD.test")!.ToString());
        DateTimeOffset at = new(2026, 11, 30, 23, 12, 5, TimeSpan.Zero);
        Assert.True(pauses.Add(new RoutePause("a.test", at, "ada (sudo)", "disk\tswap\nnow")));
        Assert.False(pauses.Add(new RoutePause("a.test", at.AddDays(1), "bob", "later")));

        RoutePauses again = RoutePauses.Open(folder.Path);
        Assert.Equal("paused by ada (sudo) since 2026-11-30 23:12Z: disk\\u0009swap\\u000anow", again.Find("a.test")!.ToString());
        Assert.True(again.Remove("old.test"));
        Assert.Null(RoutePauses.Open(folder.Path).Find("old.test"));
    }

    [GeneratedRegex("^(dotnet|kestrel|aspnetcore)_", RegexOptions.None, 1000)]
    private static partial Regex RuntimeName();
}
