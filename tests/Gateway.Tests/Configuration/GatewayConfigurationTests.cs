using System.Collections;
using System.Net;
using Gateway.Configuration;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Gateway.Tests.Configuration;

public sealed class GatewayConfigurationTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Load_Nothing_GivesSafeDefaults()
    {
        GatewayOptions options = Valid(Load());
        Assert.Equal(new IPEndPoint(IPAddress.Loopback, 2525), Assert.Single(options.Listeners).Endpoint);
        Assert.Equal(["127.0.0.0/8", "::1/128"], options.Relay.AllowedNetworks.Select(network => network.ToString()));
        Assert.Empty(options.Relay.Domains);
        Assert.Equal(new HostAndPort("127.0.0.1", 25), Assert.Single(options.Relay.DefaultRoute.Hosts));
        Assert.Equal(50L << 20, options.Limits.MessageBytes.Bytes);
        Assert.Equal("127.0.0.1:8025", options.Management.Endpoint.ToString());
        Assert.Equal("/home/u/.local/state/gateway", options.DataDirectory);
        Assert.NotEmpty(options.HostName);
    }

    [Theory]
    [InlineData("/var/lib/gateway:/var/lib/other", "/x", "/home/u", "/var/lib/gateway")]
    [InlineData(null, "/x/state", "/home/u", "/x/state/gateway")]
    [InlineData(null, "relative", "/home/u", "/home/u/.local/state/gateway")]
    [InlineData(null, null, "/root", "/root/.local/state/gateway")]
    public void Load_StateVariables_DecideTheDataDirectory(string? systemd, string? xdg, string home, string expected)
    {
        Hashtable environment = new() { ["HOME"] = home };
        environment["STATE_DIRECTORY"] = systemd;
        environment["XDG_STATE_HOME"] = xdg;
        Assert.Equal(expected, Valid(GatewayConfiguration.Load(Empty(), [], environment)).DataDirectory);
    }

    [Fact]
    public void Load_NoHome_AsksForTheDataDirectory()
    {
        Assert.Contains("STATE_DIRECTORY", Assert.Single(GatewayConfiguration.Load(Empty(), [], new Hashtable()).Problems).Message, StringComparison.Ordinal);
        Assert.Equal("/d", Valid(GatewayConfiguration.Load(Empty(), ["--Gateway:DataDirectory=/d"], new Hashtable())).DataDirectory);
    }

    [Fact]
    public void Load_AllSources_LaterOnesWinKeyByKey()
    {
        string file = _folder.Write("gateway.json", """
            { "Gateway": { "HostName": "file.example", "Limits": { "Recipients": 500, "Errors": 5 }, "Relay": { "Domains": ["a.org", "b.org"] } } }
            """);
        GatewayConfiguration configuration = Load(
            file,
            ["--Gateway:HostName=line.example", "--gateway:log:level", "debug"],
            ("GATEWAY__HOSTNAME", "environment.example"),
            ("Gateway__Limits__Errors", "7"),
            ("Gateway__Relay__Domains__1", "c.org"),
            ("GATEWAY_OTHER", "x"));
        GatewayOptions options = Valid(configuration);
        Assert.Equal("line.example", options.HostName);
        Assert.Equal(500, options.Limits.Recipients);
        Assert.Equal(7, options.Limits.Errors);
        Assert.Equal(LogLevel.Debug, options.Log.Level);
        Assert.Equal(["a.org", "c.org"], options.Relay.Domains.Select(domain => domain.ToString()));
        Assert.Equal("command line", configuration.Origins["Gateway:HostName"].ToString());
        Assert.Equal("environment variable Gateway__Limits__Errors", configuration.Origins["Gateway:Limits:Errors"].ToString());
        Assert.Equal($"{file}:1", configuration.Origins["Gateway:Limits:Recipients"].ToString());
    }

    [Fact]
    public void Load_OneTextForAList_ReplacesTheListOfEarlierSources()
    {
        string file = _folder.Write("gateway.json", """{ "Gateway": { "Relay": { "Domains": ["a.org", "b.org", "c.org"], "AllowedNetworks": ["10.0.0.0/8"] } } }""");
        GatewayOptions options = Valid(Load(file, [], ("Gateway__Relay__Domains", "x.org, *.y.org"), ("Gateway__Relay__AllowedNetworks", "")));
        Assert.Equal(["x.org", "*.y.org"], options.Relay.Domains.Select(domain => domain.ToString()));
        Assert.Empty(options.Relay.AllowedNetworks);
    }

    [Fact]
    public void Load_Routes_AreRead()
    {
        string file = _folder.Write("gateway.json", """
            {
              // comments and trailing commas are for people
              "Gateway": { "Relay": { "Routes": [
                { "Domain": "*.example.org", "Hosts": ["mx1.example.org:25", "[2001:db8::7]:2525"] },
                { "Domain": "example.net", "Hosts": ["192.0.2.7"], },
              ] } }
            }
            """);
        IReadOnlyList<RouteOptions> routes = Valid(Load(file)).Relay.Routes;
        Assert.Equal(["*.example.org", "example.net"], routes.Select(route => route.Domain.ToString()));
        Assert.Equal(["mx1.example.org:25", "[2001:db8::7]:2525"], routes[0].Hosts.Select(host => host.ToString()));
        Assert.Equal(["192.0.2.7:25"], routes[1].Hosts.Select(host => host.ToString()));
    }

    [Fact]
    public void Load_Rules_AreActionsOrThresholds()
    {
        string file = _folder.Write("gateway.json", """
            { "Gateway": { "Rules": { "bare-cr": "Quarantine", "line-too-long": { "Tag": 998, "quarantine": "64KB" }, "nul-byte": { "Tag": 1 } } } }
            """);
        IReadOnlyDictionary<string, ConfiguredRule> rules = Valid(Load(
            file, ["--Gateway:Rules:bare-lf=tag"], ("Gateway__Rules__nul_byte", "allow"))).Rules;
        Assert.Equal("quarantine", rules["bare-cr"].Action);
        Assert.Equal("tag", rules["bare-lf"].Action);
        Assert.Null(rules["line-too-long"].Action);
        Assert.Equal(998, rules["line-too-long"].Thresholds["tag"]);
        Assert.Equal(64 << 10, rules["line-too-long"].Thresholds["quarantine"]);
        Assert.Equal("allow", rules["nul-byte"].Action);
        Assert.Empty(rules["nul-byte"].Thresholds);
    }

    [Fact]
    public void Load_MissingNamedFile_IsAProblem()
    {
        string missing = Path.Combine(_folder.Path, "missing.json");
        ConfigurationProblem problem = Assert.Single(Load(missing).Problems);
        Assert.Equal($"{missing}: there is no such file", problem.ToString());
    }

    [Fact]
    public void Load_FolderAsFile_IsAProblem() => Assert.Contains("cannot be read", Assert.Single(Load(_folder.Path).Problems).Message, StringComparison.Ordinal);

    [Fact]
    public void Load_NoProblems_HasOptionsAndOtherwiseNot()
    {
        Assert.NotNull(Load().Options);
        Assert.Null(Load(null, ["--Gateway:Limits:Errors=0"]).Options);
        GatewayConfiguration warned = Load(null, ["--Gateway:Limits:Recipients=50"]);
        Assert.True(Assert.Single(warned.Problems).IsWarning);
        Assert.NotNull(warned.Options);
    }

    internal GatewayConfiguration Load(string? file = null, IReadOnlyList<string>? args = null, params (string Name, string Value)[] environment)
    {
        Hashtable variables = new() { ["HOME"] = "/home/u" };
        foreach ((string name, string value) in environment)
        {
            variables[name] = value;
        }

        return GatewayConfiguration.Load(file ?? Empty(), args ?? [], variables);
    }

    private static GatewayOptions Valid(GatewayConfiguration configuration)
    {
        Assert.Empty(configuration.Problems);
        return configuration.Options!;
    }

    private string Empty() => _folder.Write("empty.json", "{}");
}
