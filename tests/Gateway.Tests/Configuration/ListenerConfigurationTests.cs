using System.Net;
using Gateway.Configuration;
using Gateway.Hosting;
using Gateway.Relay.Policy;
using Gateway.Smtp.Protocol;
using Gateway.Smtp.Server;
using Xunit;

namespace Gateway.Tests.Configuration;

/// <summary>A listener as a role: its own AUTH, limits, networks and domains.</summary>
public sealed class ListenerConfigurationTests
{
    private static readonly string[] Tls = ["Listeners:0:Tls:Mode=optional", "Listeners:0:Tls:Certificates:0:CertificateFile=x.crt", "Listeners:0:Tls:Certificates:0:KeyFile=x.key"];

    public static TheoryData<string[], string?, bool> Mistakes => new()
    {
        { ["Listeners:0:Auth=required", "Auth:UsersFile=users"], "Listeners:0:Auth", false },
        { ["Listeners:0:Auth=required", .. Tls], "Listeners:0:Auth", false },
        { ["Listeners:0:Auth=required", "Auth:UsersFile=users", .. Tls], null, false },
        { ["Listeners:0:Auth=required", "Auth:UsersFile=users", "Listeners:0:AllowedNetworks:0=192.0.2.0/24", .. Tls], "Listeners:0:AllowedNetworks", true },
        { ["Listeners:0:Auth=required", "Auth:UsersFile=users", "Listeners:0:Domains:0=ours.test", .. Tls], "Listeners:0:Domains", true },
        { ["Listeners:0:AllowedNetworks="], "Listeners:0", true },
        { ["Listeners:0:AllowedNetworks=", "Listeners:0:Domains=ours.test"], null, false },
        { ["Listeners:0:AllowedNetworks=", "Relay:Domains=ours.test"], null, false },
        { ["Listeners:0:AllowedNetworks=", "Relay:Domains=ours.test", "Listeners:0:Domains="], "Listeners:0", true },
        { ["Listeners:0:AllowedNetworks=", "Auth:UsersFile=users", .. Tls], null, false },
        { ["Listeners:0:AllowedNetworks=", "Auth:UsersFile=users", "Listeners:0:Auth=none", .. Tls], "Listeners:0", true },
        { ["Listeners:0:AllowedNetworks=0.0.0.0/0"], "Listeners:0:AllowedNetworks", true },
        { ["Listeners:0:Limits:MessageBytes=32KB"], "Listeners:0:Limits:MessageBytes", true },
        { ["Listeners:0:Limits:Recipients=99"], "Listeners:0:Limits:Recipients", true },
        { ["Listeners:0:Auth=perhaps"], "Listeners:0:Auth", false },
        { ["Listeners:0:Engine=postfix"], "Listeners:0:Engine", false },
        { ["Listeners:0:Engine=smtpserver"], null, false },
        { ["Listeners:0:Engine=smtpserver", "Auth:UsersFile=users", .. Tls], "Listeners:0:Engine", true },
        { ["Listeners:0:Engine=smtpserver", "Listeners:1:Endpoint=0.0.0.0:2526", "Relay:XclientNetworks=192.0.2.0/24"], "Listeners:0:Engine", true },
    };

    [Theory]
    [MemberData(nameof(Mistakes))]
    public void Check_Listener_SaysWhatCannotBeMeant(string[] settings, string? key, bool isWarning)
    {
        GatewayConfiguration configuration = PolicyConfigurationTests.Load(["Listeners:0:Endpoint=0.0.0.0:2525", .. settings]);
        Assert.Equal(
            key is null ? [] : [($"Gateway:{key}", isWarning)],
            configuration.Problems.Where(static p => p.Key.StartsWith("Gateway:Listeners", StringComparison.Ordinal)).Select(static p => (p.Key, p.IsWarning)).Distinct());
    }

    public static TheoryData<string[], string> EngineTexts => new()
    {
        { ["Listeners:0:Engine=smtpserver", "Relay:XclientNetworks=192.0.2.0/24"], "Gateway:Relay:XclientNetworks: no listener speaks XCLIENT: Engine is smtpserver on all of them" },
        {
            ["Listeners:1:Endpoint=0.0.0.0:2526", "Listeners:1:Engine=smtpserver", "Relay:XclientNetworks=192.0.2.0/24"],
            "Gateway:Listeners:1:Engine = \"smtpserver\": trusted hosts cannot say XCLIENT or XFORWARD here"
        },
        {
            ["Listeners:0:Engine=smtpserver", "Auth:UsersFile=users", .. Tls],
            "Gateway:Listeners:0:Engine = \"smtpserver\": AUTH is PLAIN and LOGIN only here, no SCRAM-SHA-256"
        },
        { ["Listeners:0:Engine=postfix"], "Gateway:Listeners:0:Engine = \"postfix\": expected one of kestrel, smtpserver" },
    };

    [Theory]
    [MemberData(nameof(EngineTexts))]
    public void Check_Engine_SaysWhatCannotWorkHere(string[] settings, string text) =>
        Assert.Contains(
            PolicyConfigurationTests.Load(["Listeners:0:Endpoint=0.0.0.0:2525", .. settings]).Problems.Select(static p => p.ToString()),
            p => p!.Contains(text, StringComparison.Ordinal));

    [Fact]
    public void TryMake_Engine_ReachesTheListener() => Assert.Equal(
        [SmtpEngine.Kestrel, SmtpEngine.SmtpServer],
        Made("Listeners:0:Endpoint=127.0.0.1:2525", "Listeners:1:Endpoint=127.0.0.1:2526", "Listeners:1:Engine=SmtpServer").Listeners.Select(static l => l.Engine));

    [Fact]
    public void Check_TwoUnnamedListenersOnFreePorts_NeedNamesToDiffer()
    {
        string[] two = ["Listeners:0:Endpoint=127.0.0.1:0", "Listeners:1:Endpoint=127.0.0.1:0"];
        Assert.Empty(PolicyConfigurationTests.Load(two).Problems);
        Assert.Equal("Gateway:Listeners:1:Name", Assert.Single(PolicyConfigurationTests.Load([.. two, "Listeners:1:Domains=ours.test"]).Problems).Key);
        Assert.Empty(PolicyConfigurationTests.Load([.. two, "Listeners:1:Domains=ours.test", "Listeners:1:Name=mx"]).Problems);
    }

    [Fact]
    public void TryMake_Roles_ReachTheProfilesOfTheirListeners()
    {
        GatewayHostSettings settings = Made(
            "Listeners:0:Endpoint=127.0.0.1:2525", "Listeners:0:Name=mx", "Listeners:0:AllowedNetworks=", "Listeners:0:Limits:MessageBytes=10MB",
            "Listeners:1:Endpoint=127.0.0.1:2587", "Listeners:1:Limits:Recipients=100", "Listeners:1:Limits:LoginMessageRate=30",
            "Listeners:2:Endpoint=127.0.0.1:2465", "Limits:ExemptNetworks=198.51.100.0/24", "Limits:LoginMessageRate=7", "Limits:MessageBytes=20MB");
        SmtpServerProfile server = settings.ServerProfile();
        (SmtpServerProfile mx, SmtpServerProfile submission, SmtpServerProfile rest) = (server.Of("MX"), server.Of("127.0.0.1:2587"), server.Of("127.0.0.1:2465"));
        Assert.Equal((10L << 20, 1000, 7, ""), (mx.Limits.MessageBytes, mx.Limits.Recipients, mx.Clients.LoginMessageRate.Count, mx.Clients.Scope));
        Assert.Equal(
            (20L << 20, 100, 30, "127.0.0.1:2587"),
            (submission.Limits.MessageBytes, submission.Limits.Recipients, submission.Clients.LoginMessageRate.Count, submission.Clients.Scope));
        Assert.Equal((20L << 20, 1000, 7, ""), (rest.Limits.MessageBytes, rest.Limits.Recipients, rest.Clients.LoginMessageRate.Count, rest.Clients.Scope));
        Assert.False(mx.Clients.IsExempt(IPAddress.Loopback));
        Assert.True(mx.Clients.IsExempt(IPAddress.Parse("198.51.100.1")));
        Assert.True(rest.Clients.IsExempt(IPAddress.Loopback));
        Assert.Same(server.Of("mx"), mx);
        Assert.False(settings.RelayProfile().AccessAt("mx").Control.IsAllowed(IPAddress.Loopback));
        Assert.True(settings.RelayProfile().AccessAt("127.0.0.1:2587").Control.IsAllowed(IPAddress.Loopback));
    }

    [Theory]
    [InlineData("b\u00FCcher.example")]
    [InlineData("xn--bcher-kva.example")]
    public void Domains_OfAListener_MatchInBothForms(string given)
    {
        RelayControl control = Made("Listeners:0:Endpoint=127.0.0.1:2525", $"Listeners:0:Domains={given}", "Listeners:0:Name=mx").RelayProfile().AccessAt("mx").Control;
        foreach (string domain in new[] { "b\u00FCcher.example", "xn--bcher-kva.example", "B\u00DCCHER.example" })
        {
            Assert.True(MailPath.TryParse(System.Text.Encoding.UTF8.GetBytes($"<a@{domain}>"), out MailPath path, out _));
            Assert.Null(control.Refuse(IPAddress.Parse("203.0.113.1"), path));
        }
    }

    [Fact]
    public void Reload_ListenerThatIsNotNamedAnyMore_KeepsItsRole()
    {
        string[] args = ["--Gateway:Listeners:0:Endpoint=127.0.0.1:2525", "--Gateway:Listeners:0:AllowedNetworks=", "--Gateway:Listeners:0:Limits:Recipients=100"];
        Reloading reloading = new(() => Load(args), Load(args).Options!, Settings(Load(args)));
        Assert.Contains("Gateway:Listeners:0:Domains:0", Reload("--Gateway:Listeners:0:Endpoint=127.0.0.1:2525", "--Gateway:Listeners:0:AllowedNetworks=", "--Gateway:Listeners:0:Domains=ours.test").Taken);
        Assert.Equal(1000, reloading.Server.Of("127.0.0.1:2525").Limits.Recipients);

        Assert.Contains("Gateway:Listeners:0:Endpoint", Reload("--Gateway:Listeners:0:Endpoint=127.0.0.1:2626").NeedRestart);
        Assert.False(reloading.Relay.AccessAt("127.0.0.1:2525").Control.IsAllowed(IPAddress.Loopback));
        Assert.True(reloading.Relay.AccessAt("127.0.0.1:2626").Control.IsAllowed(IPAddress.Loopback));

        Api.ReloadReport Reload(params string[] now)
        {
            args = now;
            return reloading.Reload();
        }
    }

    [Fact]
    public void Lists_EmptyInTheFile_AreNotThoseOfRelay()
    {
        using TemporaryFolder folder = new();
        string file = folder.Write("gateway.json", """{ "Gateway": { "Listeners": [ { "Endpoint": "127.0.0.1:2525", "AllowedNetworks": [], "Domains": [] } ], "Relay": { "Domains": [ "ours.test" ] } } }""");
        GatewayConfiguration configuration = GatewayConfiguration.Load(file, [], new Dictionary<string, string>(StringComparer.Ordinal) { ["HOME"] = "/" }, null);
        Assert.Contains("takes mail of nobody", Assert.Single(configuration.Problems).Message, StringComparison.Ordinal);
        GatewayConfiguration again = GatewayConfiguration.Load(
            folder.Write("again.json", ConfigurationDescription.ToJson(configuration.Options!)), [], new Dictionary<string, string>(StringComparer.Ordinal) { ["HOME"] = "/" }, null);
        Assert.Empty(Assert.Single(again.Options!.Listeners).Domains!);
    }

    private static GatewayHostSettings Made(params string[] settings) => Settings(PolicyConfigurationTests.Load(settings));

    private static GatewayHostSettings Settings(GatewayConfiguration configuration)
    {
        Assert.DoesNotContain(configuration.Problems, static p => !p.IsWarning);
        Assert.True(HostSettings.TryMake(configuration.Options!, out GatewayHostSettings made, out _));
        return made;
    }

    private static GatewayConfiguration Load(string[] args) => GatewayConfiguration.Load(null, args, new Dictionary<string, string>(StringComparer.Ordinal) { ["HOME"] = "/" }, null);
}
