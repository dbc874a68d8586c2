using System.Text.Json;
using Gateway.Acceptance.Harness;

namespace Gateway.Acceptance.Life;

/// <summary>Every drill with short clocks: the account, and all promises that are not about time, which a busy machine may break.</summary>
public sealed class DrillTests
{
    [Theory(Timeout = 180_000)]
    [InlineData("malformed-flood")]
    [InlineData("poison-hang")]
    [InlineData("poison-crash")]
    [InlineData("downstream-down")]
    [InlineData("downstream-421")]
    [InlineData("first-host-drains")]
    [InlineData("clock-jump")]
    [InlineData("dns-outage")]
    [InlineData("disk-full")]
    [InlineData("restart-storm")]
    [InlineData("poison-hang", "smtpserver")]
    [InlineData("poison-crash", "smtpserver")]
    [InlineData("first-host-drains", "smtpserver")]
    public async Task Drill_WithShortClocks_KeepsItsPromise(string name, string downstream = "kestrel")
    {
        await using GatewayUnderTest nothing = new(null);
        ToolResult drill = await nothing.PlainAsync("drill", name, "--short", "--json", "--downstream", downstream);
        TestContext.Current.TestOutputHelper?.WriteLine($"{drill.Error}\n{drill.Output}");
        Assert.InRange(drill.ExitCode, 0, 1);
        JsonElement report = JsonElement.Parse(drill.Output);
        Assert.Equal(name, report.GetProperty("drill").GetString());

        JsonElement[] promises = [.. report.GetProperty("promises").EnumerateArray()];
        Assert.True(promises.Length >= 4);
        Assert.All(promises, p => Assert.True(p.GetProperty("isKept").GetBoolean() || p.GetProperty("isTimed").GetBoolean(), p.ToString()));
        Assert.Equal(report.GetProperty("kept").GetBoolean() ? 0 : 1, drill.ExitCode);
        Assert.Equal(promises.All(p => p.GetProperty("isKept").GetBoolean()), report.GetProperty("kept").GetBoolean());

        JsonElement account = report.GetProperty("account");
        int sent = account.GetProperty("sent").GetInt32();
        Assert.True(sent > 100, "The load was too small to prove anything.");
        Assert.Equal(0, account.GetProperty("lost").GetInt32() + account.GetProperty("altered").GetInt32() + account.GetProperty("cleanBlamed").GetInt32());
        Assert.Equal(0, account.GetProperty("queued").GetInt32() + account.GetProperty("notTaken").GetInt32());
        Assert.Equal(sent, account.GetProperty("answered250").GetInt32() + account.GetProperty("refused").GetInt32());
        // What was sent again after a kill can be at both places.
        Assert.InRange(
            account.GetProperty("delivered").GetInt32() + account.GetProperty("quarantined").GetInt32(),
            account.GetProperty("answered250").GetInt32(), account.GetProperty("answered250").GetInt32() + account.GetProperty("crashSuspects").GetInt32());

        JsonElement[] delays = [.. report.GetProperty("delays").EnumerateArray()];
        Assert.Equal("without the incident", delays[0].GetProperty("label").GetString());
        int suspects = account.GetProperty("crashSuspects").GetInt32();
        Assert.All(delays, d => Assert.InRange(d.GetProperty("arrived").GetInt32(), d.GetProperty("sent").GetInt32() - suspects, d.GetProperty("sent").GetInt32()));
        Assert.Contains(report.GetProperty("timeline").EnumerateArray(), e => e.GetProperty("what").GetString()!.Contains("onset", StringComparison.Ordinal));
    }

    [Fact(Timeout = 120_000)]
    public async Task List_NamesEachDrillWithItsPromise_WrongOnesAreRefused()
    {
        await using GatewayUnderTest nothing = new(null);
        ToolResult list = (await nothing.PlainAsync("drill", "list")).Good();
        Assert.Equal(11, list.Lines.Count);
        Assert.Contains(list.Lines, l => l.StartsWith("restart-storm  ", StringComparison.Ordinal) && l.Contains("no message that was answered 250 is lost", StringComparison.Ordinal));
        Assert.Equal(64, (await nothing.PlainAsync("drill", "earthquake")).ExitCode);
        Assert.Equal(64, (await nothing.PlainAsync("drill", "disk-full", "--duration", "soon")).ExitCode);
        Assert.Equal(64, (await nothing.PlainAsync("drill", "disk-full", "--rate", "0")).ExitCode);
        Assert.Equal(64, (await nothing.PlainAsync("drill", "disk-full", "--downstream", "sendmail")).ExitCode);
    }
}
