using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Gateway.Commands;
using Gateway.Configuration;
using Gateway.Tests.Configuration;
using Gateway.Tests.Management;
using Xunit;

namespace Gateway.Tests.Faults;

/// <summary><c>config check</c> looks at users, folders, addresses, and at settings that do not go together.</summary>
public sealed class ConfigCheckWorldTests
{
    [Theory]
    [InlineData(null, "Relay:Domains:0=a.example", "Relay:Routes:0:Domain=a.example", "Relay:Routes:0:Hosts:0=10.0.0.1:25", "Relay:DefaultRoute:Kind=mx")]
    [InlineData(null, "Relay:Domains:0=a.example", "Relay:Routes:0:Domain=*.a.example", "Relay:Routes:0:Hosts:0=10.0.0.1:25", "Relay:Domains:1=*.a.example")]
    [InlineData(null, "Relay:Domains:0=a.example", "Relay:DefaultRoute:Hosts:0=10.0.0.1:25")]
    [InlineData("Relay:Domains:0", "Relay:Domains:0=a.example", "Relay:DefaultRoute:Kind=mx")]
    [InlineData("Relay:Domains:0", "Relay:Domains:0=a.example", "Relay:DefaultRoute:Hosts:0=10.0.0.1:587", "Relay:DefaultRoute:Auth:User=joe", "Relay:DefaultRoute:Auth:PasswordFile=/nosuch", "Relay:DefaultRoute:Tls:Mode=verified")]
    [InlineData("Relay:Domains:0", "Relay:Domains:0=a.example", "Relay:Routes:0:Domain=*.a.example", "Relay:Routes:0:Hosts:0=10.0.0.1:25", "Relay:Domains:1=*.a.example", "Relay:DefaultRoute:Kind=mx")]
    [InlineData("Relay:Routes:0:Domain", "Relay:Domains:0=a.example", "Relay:Routes:0:Domain=b.example", "Relay:Routes:0:Hosts:0=10.0.0.1:25")]
    [InlineData("Auth:UsersFile", "Auth:UsersFile=/nosuch")]
    public void MailFlow_SettingsThatDoNotGoTogether_AreAWarning(string? key, params string[] settings)
    {
        GatewayOptions options = PolicyConfigurationTests.Load(settings).Options!;
        Assert.Equal(key is null ? [] : [$"Gateway:{key}"], MailFlowChecks.Find(options).Select(p => p.Key));
        Assert.All(MailFlowChecks.Find(options), static p => Assert.True(p.IsWarning));
    }

    [Fact]
    public async Task Check_AsTheUserOfTheService_SaysWhatThatUserMayNot()
    {
        Assert.SkipUnless(FileOwner.IsRoot, "Only root can look with the rights of another user.");
        using PlainUser user = new();
        string users = user.Unreadable("users", "");
        string[] settings = [$"--Gateway:Auth:UsersFile={users}", "--Gateway:Listeners:0:Endpoint=127.0.0.1:25", "--Gateway:Management:Endpoint=127.0.0.1:0"];

        CommandRun good = await user.RunAsync(["config", "check", "--ports", "--as-user", "nobody", .. settings[1..], $"--Gateway:DataDirectory={user.Folder("data")}"], asRoot: true);
        Assert.True(good.ExitCode == 0, good.Error);
        CommandRun bad = await user.RunAsync(["config", "check", "--as-user", "nobody", .. settings, $"--Gateway:DataDirectory={user.Forbidden}/data"], asRoot: true);
        Assert.Equal(78, bad.ExitCode);
        Assert.Contains($"error: Gateway:Auth:UsersFile: Access to the path '{users}' is denied; user nobody may not do that", bad.Error, StringComparison.Ordinal);
        Assert.Contains($"error: Gateway:DataDirectory = \"{user.Forbidden}/data\": cannot be written: Permission denied", bad.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists($"{user.Forbidden}/data"));

        Assert.Equal(66, (await user.RunAsync(["config", "check", "--as-user", "nosuchuser"], asRoot: true)).ExitCode);
        Assert.Equal(77, (await user.RunAsync(["config", "check", "--as-user", "root"])).ExitCode);
    }

    [Fact]
    public async Task Check_Ports_TellsWhatAStartWouldMeet()
    {
        using PlainUser user = new();
        using TcpListener taken = new(IPAddress.Loopback, 0);
        taken.Start();
        string data = $"--Gateway:DataDirectory={user.Folder("data")}";
        string inUse = string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{((IPEndPoint)taken.LocalEndpoint).Port}");
        CommandRun busy = await user.RunAsync(["config", "check", "--ports", $"--Gateway:Listeners:0:Endpoint={inUse}", "--Gateway:Management:Endpoint=127.0.0.1:0", data]);
        Assert.Equal(0, busy.ExitCode);
        Assert.Contains($"warning: Gateway:Listeners:0:Endpoint = \"{inUse}\": is in use now", busy.Error, StringComparison.Ordinal);
        CommandRun foreign = await user.RunAsync(["config", "check", "--ports", "--Gateway:Listeners:0:Endpoint=127.0.0.1:0", "--Gateway:Management:Endpoint=192.0.2.1:8025", data]);
        Assert.Equal(78, foreign.ExitCode);
        Assert.Contains("error: Gateway:Management:Endpoint = \"192.0.2.1:8025\": this machine does not have the address", foreign.Error, StringComparison.Ordinal);
    }
}
