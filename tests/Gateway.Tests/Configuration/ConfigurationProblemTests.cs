using System.Collections;
using Gateway.Configuration;
using Xunit;

namespace Gateway.Tests.Configuration;

public sealed class ConfigurationProblemTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Load_ManyMistakes_NamesThemAllWithKeyValueAndPlace()
    {
        string file = _folder.Write("gateway.json", """
            {
              "Gateway": {
                "Limits": { "MessageBytes": "50 apples",
                            "Errors": 0 },
                "Listeners": [ { "Endpoint": "127.0.0.1" }, { } ],
                "Relay": { "AllowedNetworks": [ "192.0.2.5/24" ], "Retry": { "First": 30 } },
                "Log": { "Level": "2" }
              }
            }
            """);
        string[] problems = Problems(file, ["--Gateway:Limts:Recipients=5"], ("Gateway__Rules__bare_lf", "explode"));
        Assert.Equal(
            [
                $"{file}:3: Gateway:Limits:MessageBytes = \"50 apples\": expected a size such as 25MB, 64KiB or 1048576",
                $"{file}:4: Gateway:Limits:Errors = \"0\": must be from 1 to 10000",
                $"{file}:5: Gateway:Listeners:0:Endpoint = \"127.0.0.1\": expected ip:port or [ipv6]:port",
                $"{file}:5: Gateway:Listeners:1:Endpoint: must be given",
                $"{file}:6: Gateway:Relay:AllowedNetworks:0 = \"192.0.2.5/24\": the address has bits behind its prefix; did you mean \"192.0.2.0/24\"?",
                $"{file}:6: Gateway:Relay:Retry:First = \"30\": expected a duration with its unit, such as 30s, 1h30m, 5d or 00:05:00",
                $"{file}:7: Gateway:Log:Level = \"2\": expected one of trace, debug, information, warning, error, critical, none",
                "environment variable Gateway__Rules__bare_lf: Gateway:Rules:bare-lf = \"explode\": expected one of allow, tag, quarantine, reject, or thresholds such as { \"Tag\": 998 }",
                "command line: Gateway:Limts: unknown key; did you mean \"Gateway:Limits\"?",
            ],
            problems);
    }

    [Theory]
    [InlineData("--Gateway:Limits:MesageBytes=1MB", "did you mean \"Gateway:Limits:MessageBytes\"?")]
    [InlineData("--Gateway:Limits:byteMessages=1MB", "the keys here are MessageBytes, Recipients")]
    [InlineData("--Gateway:MessageBytes=1MB", "did you mean \"Gateway:Limits:MessageBytes\"?")]
    [InlineData("--Gateway:hostnmae=x", "did you mean \"Gateway:HostName\"?")]
    [InlineData("--Gateway:Relay:Retry:Firts=1s", "did you mean \"Gateway:Relay:Retry:First\"?")]
    [InlineData("--Gateway:HostName:X=1", "is one value, not a section")]
    [InlineData("--Gateway:Limits=1", "is a section, not a value")]
    [InlineData("--Gateway:Listeners=127.0.0.1:25", "is a list of sections")]
    [InlineData("--Gateway:Relay:Domains:first=a.org", "its name must be a number")]
    [InlineData("--Gatway:HostName=x", "unknown argument")]
    [InlineData("extra", "unknown argument")]
    [InlineData("--Gateway:HostName", "no value given")]
    [InlineData("--Gateway:HostName=-bad-", "expected a host name")]
    [InlineData("--Gateway:Relay:Retry:First=2h", "is longer than Longest (1h)")]
    [InlineData("--Gateway:Relay:DefaultRoute:Hosts=", "needs at least one entry")]
    [InlineData("--Gateway:Spool:SegmentBytes=100001", "multiple of 4KB")]
    [InlineData("--Gateway:Rules:nul-bite=tag", "did you mean \"Gateway:Rules:nul-byte\"?")]
    [InlineData("--Gateway:Rules:bare-lf:Drop=1", "thresholds are Tag, Quarantine and Reject")]
    [InlineData("--Gateway:Rules:bare-lf:Tag=many", "expected a count or a size")]
    [InlineData("--Gateway:Management:Endpoint=127.0.0.1:2525", "is also the address of a listener")]
    public void Load_OneMistake_SaysWhatWouldBeRight(string argument, string expected)
    {
        GatewayConfiguration configuration = GatewayConfiguration.Load(
            _folder.Write("empty.json", "{}"), [argument], new Hashtable { ["HOME"] = "/" }, ["bare-lf", "nul-byte"]);
        Assert.Contains(expected, Assert.Single(configuration.Problems).Message, StringComparison.Ordinal);
        Assert.Null(configuration.Options);
    }

    [Theory]
    [InlineData("--Gateway:Listeners:0:Endpoint=0.0.0.0:2526 --Gateway:Relay:AllowedNetworks=0.0.0.0/0", "open relay")]
    [InlineData("--Gateway:Management:Endpoint=0.0.0.0:8025", "other machines can reach it")]
    [InlineData("--Gateway:Limits:MessageBytes=10KB", "64KB at least")]
    [InlineData("--Gateway:Spool:MinimumFreeBytes=0", "the disk can be full")]
    public void Load_RiskySetting_WarnsAndStarts(string arguments, string expected)
    {
        GatewayConfiguration configuration = GatewayConfiguration.Load(
            _folder.Write("empty.json", "{}"), arguments.Split(' '), new Hashtable { ["HOME"] = "/" });
        ConfigurationProblem problem = Assert.Single(configuration.Problems);
        Assert.Contains(expected, problem.Message, StringComparison.Ordinal);
        Assert.True(problem.IsWarning);
        Assert.NotNull(configuration.Options);
    }

    [Fact]
    public void Load_SyntaxError_NamesLineAndColumn()
    {
        string file = _folder.Write("gateway.json", "{\n  \"Gateway\": {\n    \"HostName\" \"x\"\n  }\n}");
        string problem = Assert.Single(Problems(file, []));
        Assert.StartsWith($"{file}: line 3, column 16: not JSON: ", problem, StringComparison.Ordinal);
        Assert.DoesNotContain("LineNumber", problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "not JSON")]
    [InlineData("[]", "expected an object")]
    [InlineData("{} {}", "not JSON")]
    [InlineData("{ \"Gateway\": \"x\" }", "is a section, not a value")]
    [InlineData("{ \"Limits\": { } }", "did you mean \"Gateway:Limits\"?")]
    [InlineData("{ \"Logging\": { } }", "everything belongs under \"Gateway\"")]
    [InlineData("{ \"Gateway\": { \"HostName\": \"a\", \"hostname\": \"b\" } }", "given twice")]
    [InlineData("{ \"Gateway\": { \"Relay\": { \"Routes\": [ { \"Domain\": \"a.org\", \"Hosts\": [] } ] } } }", "needs at least one entry")]
    [InlineData("{ \"Gateway\": { \"HostName\": [ \"a\" ] } }", "is one value")]
    public void Load_WrongShape_IsAProblem(string json, string expected) =>
        Assert.Contains(expected, Assert.Single(Problems(_folder.Write("gateway.json", json), [])), StringComparison.Ordinal);

    [Fact]
    public void Load_DeepNesting_IsAProblemAndNotACrash() =>
        Assert.Contains("not JSON", Assert.Single(Problems(_folder.Write("gateway.json", string.Concat(Enumerable.Repeat("{\"a\":", 5000))), [])), StringComparison.Ordinal);

    [Fact]
    public void Load_SchemaNullAndByteOrderMark_ArePassedOver() =>
        Assert.Empty(Problems(_folder.Write("gateway.json", "\u00EF\u00BB\u00BF{ \"$schema\": \"x\", \"Gateway\": { \"HostName\": null, \"Relay\": null } }"), []));

    [Theory]
    [InlineData("Limits", "Limits", 0)]
    [InlineData("limtis", "Limits", 1)]
    [InlineData("Limit", "Limits", 1)]
    [InlineData("", "abc", 3)]
    [InlineData("kitten", "sitting", 3)]
    public void Distance_TwoNames_CountsEdits(string one, string other, int expected)
    {
        Assert.Equal(expected, KeySuggestion.Distance(one, other));
        Assert.Equal(expected, KeySuggestion.Distance(other, one));
    }

    private static string[] Problems(string file, string[] args, params (string Name, string Value)[] environment)
    {
        Hashtable variables = new() { ["HOME"] = "/home/u" };
        foreach ((string name, string value) in environment)
        {
            variables[name] = value;
        }

        return GatewayConfiguration.Load(file, args, variables).Problems.Select(problem => problem.ToString()).ToArray();
    }
}
