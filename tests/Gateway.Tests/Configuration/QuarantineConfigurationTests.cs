using System.Collections;
using Gateway.Configuration;
using Gateway.Hosting;
using Gateway.Relay.Quarantine.Room;
using Xunit;

namespace Gateway.Tests.Configuration;

public sealed class QuarantineConfigurationTests
{
    [Fact]
    public void TryMake_NothingConfigured_KeepsEvidenceLongerThanTheRest()
    {
        QuarantineLimits limits = Limits();
        Assert.Equal(new Retention(TimeSpan.FromDays(30), TimeSpan.FromDays(7)), limits.Of("missing-boundary"));
        Assert.Equal(new Retention(TimeSpan.FromDays(90), TimeSpan.FromDays(30)), limits.Of("downstream-poison"));
        Assert.Equal((10L << 30, 500_000, 1L << 30, 20_000, 512L << 20), (limits.Bytes, limits.Messages, limits.ClientBytes, limits.ClientMessages, limits.MinimumFreeBytes));
    }

    [Fact]
    public void TryMake_Reasons_ReplaceTheDefault()
    {
        QuarantineLimits limits = Limits("Quarantine:Keep=10d", "Quarantine:KeepRecords=20d", "Quarantine:Reasons:0:Rule=Bare-CR", "Quarantine:Reasons:0:Keep=2d", "Quarantine:Reasons:0:KeepWhenFull=1d");
        Assert.Equal(new Retention(TimeSpan.FromDays(2), TimeSpan.FromDays(1)), limits.Of("bare-cr"));
        Assert.Equal(TimeSpan.FromDays(10), limits.Of("downstream-poison").Keep);
        Assert.Equal(TimeSpan.FromDays(20), limits.KeepRecords);
    }

    [Theory]
    [InlineData("Quarantine:Reasons:0:Rule=bare-fl", "did you mean 'bare-lf'?", false)]
    [InlineData("Quarantine:Reasons:0:Keep=2d", "must be given", false)]
    [InlineData("Quarantine:Reasons:0:Rule=bare-lf --Gateway:Quarantine:Reasons:0:KeepWhenFull=31d", "is longer than Keep (30d)", false)]
    [InlineData("Quarantine:KeepWhenFull=31d", "is longer than Keep (30d)", false)]
    [InlineData("Quarantine:Reasons:0:Rule=bare-lf --Gateway:Quarantine:Reasons:1:Rule=BARE-LF", "has two entries", false)]
    [InlineData("Quarantine:MinimumFreeBytes=1MB", "is below Spool:MinimumFreeBytes", true)]
    [InlineData("Quarantine:ClientBytes=11GB", "one client can fill the quarantine", true)]
    [InlineData("Quarantine:Messages=10", "one client can fill the quarantine", true)]
    public void Load_Mistake_IsNamed(string setting, string expected, bool isWarning)
    {
        ConfigurationProblem problem = Assert.Single(Load(setting.Split(" --Gateway:")).Problems, p => p.Key.StartsWith("Gateway:Quarantine", StringComparison.Ordinal));
        Assert.Contains(expected, problem.ToString(), StringComparison.Ordinal);
        Assert.Equal(isWarning, problem.IsWarning);
    }

    private static QuarantineLimits Limits(params string[] settings)
    {
        GatewayConfiguration configuration = Load(settings);
        Assert.DoesNotContain(configuration.Problems, p => !p.IsWarning);
        Assert.True(HostSettings.TryMake(configuration.Options!, out GatewayHostSettings made, out IReadOnlyList<string> errors), string.Join('\n', errors));
        return made.RelayProfile().Quarantine;
    }

    private static GatewayConfiguration Load(params string[] settings) =>
        GatewayConfiguration.Load(null, [.. settings.Select(s => $"--Gateway:{s}")], new Hashtable { ["HOME"] = "/home/nobody" });
}
