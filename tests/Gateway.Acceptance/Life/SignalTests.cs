using Gateway.Acceptance.Harness;
using Gateway.TestKit;

namespace Gateway.Acceptance.Life;

/// <summary>No signal but SIGTERM and SIGINT ends a relay, at any time of its life.</summary>
public sealed class SignalTests
{
    [Fact(Timeout = 120_000)]
    public async Task HangUp_WhileItStarts_IsRememberedUntilItIsReady()
    {
        await using GatewayUnderTest gateway = new(null);
        Task start = gateway.StartAsync();
        await Eventually.TrueAsync(() => Directory.Exists(gateway.Data) || gateway.HasExited, "it has begun to start");
        do
        {
            await Tool.SignalAsync("HUP", gateway.Pid);
        }
        while (!start.IsCompleted);

        await start;
        await Eventually.TrueAsync(() => gateway.Log.Any(l => l.Contains("configuration reloaded by SIGHUP", StringComparison.Ordinal)), "it reads again");
        Assert.Equal(0, await gateway.StopAsync());
    }

    [Theory(Timeout = 120_000)]
    [InlineData("HUP")]
    [InlineData("USR1")]
    [InlineData("USR2")]
    [InlineData("ALRM")]
    public async Task AnySignal_WhileItRunsAndWhileItDrains_EndsNothing(string signal)
    {
        await using ScriptedSmtpServer downstream = new();
        downstream.Once(SmtpStep.FinalDot, SmtpAction.Hang);
        await using GatewayUnderTest gateway = await GatewayUnderTest.StartAsync(downstream, "Shutdown:DrainTimeout=3s");
        await Tool.SignalAsync(signal, gateway.Pid);
        await Mail.AcceptedAsync(gateway.Smtp, Mail.Clean("under way"), "bob@example.net");
        await downstream.WaitForStepAsync(SmtpStep.FinalDot, TestContext.Current.CancellationToken);

        await Tool.SignalAsync("TERM", gateway.Pid);
        await Eventually.TrueAsync(() => gateway.Log.Any(l => l.Contains("stopping: ", StringComparison.Ordinal)), "it stops");
        Assert.False(gateway.HasExited);
        await Tool.SignalAsync(signal, gateway.Pid);
        Assert.Equal(0, await gateway.WaitForExitAsync());
        Assert.Contains(gateway.Log, l => l.EndsWith("stopped", StringComparison.Ordinal));
    }
}
