using System.Collections;
using Gateway.Api;
using Gateway.Configuration;
using Gateway.Hosting;
using Gateway.Relay;
using Gateway.Smtp.Server;
using Xunit;

namespace Gateway.Tests.Hosting;

public sealed class ReloadingTests
{
    private string[] _args = [];

    [Fact]
    public void Reload_ValidChange_SwapsBothSnapshotsAndCountsUp()
    {
        Reloading reloading = Start("--Gateway:HostName=old.test", "--Gateway:Limits:Recipients=100");
        (RelayProfile relay, SmtpServerProfile server) = (reloading.Relay, reloading.Server);
        Assert.Equal(1, reloading.Generation);

        _args = ["--Gateway:HostName=new.test", "--Gateway:Limits:Recipients=200", "--Gateway:Limits:ClientMessageRate=7"];
        ReloadReport report = reloading.Reload();

        Assert.True(report.Accepted);
        Assert.Equal(2, report.Generation);
        Assert.Empty(report.NeedRestart);
        Assert.Equal(["Gateway:HostName", "Gateway:Limits:ClientMessageRate", "Gateway:Limits:Recipients"], report.Taken);
        Assert.Empty(reloading.Reload().Taken);
        Assert.Equal("new.test", reloading.Relay.HostName);
        Assert.Equal(200, reloading.Server.Limits.Recipients);
        Assert.Equal(7, reloading.Server.Clients.MessageRate.Count);
        Assert.Equal("old.test", relay.HostName);
        Assert.Equal(100, server.Limits.Recipients);
    }

    [Fact]
    public void Reload_SeveralMistakes_KeepsTheOldAndNamesAll()
    {
        Reloading reloading = Start("--Gateway:HostName=old.test");
        RelayProfile relay = reloading.Relay;

        _args = ["--Gateway:HostName=new.test", "--Gateway:Limits:Recipients=many", "--Gateway:Limits:Errorz=3"];
        ReloadReport report = reloading.Reload();

        Assert.False(report.Accepted);
        Assert.Equal(2, report.Problems.Count);
        Assert.Contains(report.Problems, p => p.Contains("Limits:Recipients", StringComparison.Ordinal));
        Assert.Contains(report.Problems, p => p.Contains("Errorz", StringComparison.Ordinal));
        Assert.Same(relay, reloading.Relay);
        Assert.Equal(1, reloading.Generation);
    }

    [Fact]
    public void Reload_KeysThatAreReadAtTheStart_AreNamedUntilARestart()
    {
        Reloading reloading = Start("--Gateway:HostName=old.test");
        _args =
        [
            "--Gateway:HostName=new.test", "--Gateway:Listeners:0:Endpoint=127.0.0.1:2626", "--Gateway:Management:Endpoint=127.0.0.1:8026",
        ];
        string[] expected = ["Gateway:Listeners:0:Endpoint", "Gateway:Management:Endpoint"];
        Assert.Equal(expected, reloading.Reload().NeedRestart);
        Assert.Equal(expected, reloading.Reload().NeedRestart);
        Assert.Equal("new.test", reloading.Relay.HostName);
        Assert.Equal(3, reloading.Generation);
        _args = ["--Gateway:HostName=-"];
        Assert.Equal(expected, reloading.Reload().NeedRestart);
    }

    [Fact]
    public void Options_OfSessions_ReachTheServerProfile()
    {
        SmtpServerProfile server = Start(
            "--Gateway:Limits:AuthFailures=7", "--Gateway:Limits:AuthFailureDelay=4s", "--Gateway:Shutdown:DrainTimeout=11s",
            "--Gateway:Relay:BareLineEndNetworks=192.0.2.0/24").Server;
        Assert.Equal(7, server.Limits.AuthFailures);
        Assert.Equal(TimeSpan.FromSeconds(4), server.Limits.AuthFailureDelay);
        Assert.Equal(TimeSpan.FromSeconds(11), server.Limits.DrainTimeout);
        Assert.True(server.MaySendBareLineEnds(System.Net.IPAddress.Parse("192.0.2.7")));
        Assert.False(server.MaySendBareLineEnds(System.Net.IPAddress.Loopback));
    }

    private Reloading Start(params string[] args)
    {
        _args = args;
        GatewayOptions options = Load().Options!;
        Assert.True(HostSettings.TryMake(options, out GatewayHostSettings settings, out _));
        return new Reloading(Load, options, settings);
    }

    private GatewayConfiguration Load() => GatewayConfiguration.Load(null, [.. _args, "--Gateway:DataDirectory=/nonexistent/gateway"], new Hashtable());
}
