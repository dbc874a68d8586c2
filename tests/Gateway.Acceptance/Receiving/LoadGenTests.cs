using System.Globalization;
using System.Text.Json;
using Gateway.Acceptance.Harness;
using Gateway.TestKit;

namespace Gateway.Acceptance.Receiving;

/// <summary>The load generator's account of a real gateway: every clean message arrives once and unaltered, no hostile one arrives.</summary>
public sealed class LoadGenTests
{
    private const int Messages = 500;

    private static string Executable => Path.Combine(AppContext.BaseDirectory, OperatingSystem.IsWindows() ? "gateway-loadgen.exe" : "gateway-loadgen");

    [Theory(Timeout = 240_000)]
    [InlineData("--reuse", "all")]
    [InlineData("--reuse", "none", "--pipelining", "off")]
    [InlineData("--bdat", "--recipients", "20")]
    [InlineData("--size", "2k:9,1M:1", "--hostile", "0.05")]
    public async Task Run_ThroughAGateway_EveryMessageIsAccountedFor(params string[] shape)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The load generator needs epoll.");
        string sink = string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{FreePort.Take()}");
        await using GatewayUnderTest gateway = await GatewayUnderTest.StartAsync(null, $"Relay:DefaultRoute:Hosts:0={sink}");
        ToolResult result = await Tool.RunAsync(
            Executable,
            ["run", "--quiet", "--target", $"{gateway.Smtp}", "--sink", sink, "--forbid-hostile", "--json", gateway["load.json"], "--html", gateway["load.html"],
                "--messages", Messages.ToString(CultureInfo.InvariantCulture), "--pid", gateway.Pid.ToString(CultureInfo.InvariantCulture), .. shape]);

        result.Good();
        JsonElement report = JsonElement.Parse(await File.ReadAllTextAsync(gateway["load.json"], TestContext.Current.CancellationToken));
        JsonElement clean = report.GetProperty("account").GetProperty("clean");
        JsonElement hostile = report.GetProperty("account").GetProperty("hostile");
        Assert.Equal(Messages, Number(clean, "sent") + Number(hostile, "sent"));
        Assert.Equal(Number(clean, "sent"), Number(clean, "accepted"));
        Assert.Equal(Number(clean, "sent"), Number(clean, "delivered"));
        Assert.Equal(0, Number(hostile, "delivered"));
        Assert.InRange(report.GetProperty("target").GetProperty("peakMegabytes").GetDouble(), 10, 2000);
    }

    private static long Number(JsonElement account, string name) => account.GetProperty(name).GetInt64();
}
