using System.Collections;
using System.Reflection;
using Gateway.Configuration;
using Gateway.TestKit;
using Xunit;

namespace Gateway.Tests.Configuration;

public sealed class ConfigurationTextTests : IDisposable
{
    private const string Sample = """
        {
          "Gateway": {
            "HostName": "gw1.example.org",
            "Listeners": [ { "Endpoint": "0.0.0.0:25" }, { "Endpoint": "[::]:25" } ],
            "Relay": {
              "Domains": [ "example.org", "*.example.org" ],
              "Routes": [ { "Domain": "example.org", "Hosts": [ "mx1.example.org:25" ] } ],
              "Retry": { "First": "90s" }
            },
            "Limits": { "Recipients": 700 },
            "Rules": { "bare-cr": "quarantine", "line-too-long": { "Tag": 998, "Quarantine": "64KB" } },
            "Management": { "Endpoint": "unix:/run/gateway/api.sock" }
          }
        }
        """;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void ToJson_Effective_LoadsAsTheSame()
    {
        GatewayConfiguration first = Load(Sample);
        string json = ConfigurationDescription.ToJson(first.Options!);
        GatewayConfiguration second = Load(json);
        // Its default route is one of its listeners, which is a warning.
        Assert.DoesNotContain(second.Problems, static p => !p.IsWarning);
        Assert.Equal(json, ConfigurationDescription.ToJson(second.Options!));
        Assert.Equal(first.Options!.Rules["line-too-long"].Thresholds, second.Options!.Rules["line-too-long"].Thresholds);
        Assert.Equal(TimeSpan.FromSeconds(90), second.Options.Relay.Retry.First.Time);
    }

    [Fact]
    public void ToJson_OnlyGiven_LeavesDefaultsOutAndLoadsAsTheSame()
    {
        GatewayConfiguration first = Load(Sample);
        string json = ConfigurationDescription.ToJson(first.Options!, first.Origins);
        Assert.DoesNotContain("MessageBytes", json, StringComparison.Ordinal);
        Assert.DoesNotContain("Spool", json, StringComparison.Ordinal);
        Assert.Contains("\"Recipients\": 700", json, StringComparison.Ordinal);
        GatewayConfiguration second = Load(json);
        Assert.Equal(ConfigurationDescription.ToJson(first.Options!), ConfigurationDescription.ToJson(second.Options!));
    }

    [Fact]
    public void ToRows_Effective_NamesWhatSetEachValue()
    {
        GatewayConfiguration configuration = Load(Sample, "--Gateway:Limits:Errors=3");
        var rows = ConfigurationDescription.ToRows(configuration.Options!, configuration.Origins).ToDictionary(row => row.Key);
        Assert.Equal(("Gateway:Limits:Errors", "3", "command line"), rows["Gateway:Limits:Errors"]);
        Assert.Equal("default", rows["Gateway:Limits:MessageBytes"].Source);
        Assert.EndsWith("gateway.json:8", rows["Gateway:Relay:Retry:First"].Source, StringComparison.Ordinal);
        Assert.EndsWith("gateway.json:6", rows["Gateway:Relay:Domains:1"].Source, StringComparison.Ordinal);
        Assert.EndsWith("gateway.json:7", rows["Gateway:Relay:Routes:0:Hosts:0"].Source, StringComparison.Ordinal);
        Assert.Equal("64KB", rows["Gateway:Rules:line-too-long:Quarantine"].Value);
        Assert.Equal("default", rows["Gateway:Relay:DefaultRoute:Hosts:0"].Source);
        Assert.DoesNotContain(ConfigurationDescription.ToRows(configuration.Options!, configuration.Origins, onlyGiven: true), row => row.Source == "default");
    }

    [Fact]
    public void Schema_EveryKey_IsDescribedAndItsDefaultIsInRange()
    {
        foreach (SettingSection section in Sections(SettingSchema.Root))
        {
            foreach (SettingKey key in section.Keys)
            {
                Assert.NotNull(key.Property.GetCustomAttribute<SettingAttribute>());
                Assert.EndsWith(".", key.About.Text, StringComparison.Ordinal);
                if (key.Schema is SettingScalar scalar && key.About.Minimum is { } minimum)
                {
                    // What may be left out has its default elsewhere, and says where.
                    if (key.Property.GetValue(Activator.CreateInstance(section.Type)!) is not object value)
                    {
                        Assert.NotNull(key.About.DefaultText);
                        continue;
                    }

                    Assert.True(scalar.Kind.Compare(value, scalar.Kind.Parse(minimum)!) >= 0, key.Name);
                    Assert.True(scalar.Kind.Compare(value, scalar.Kind.Parse(key.About.Maximum!)!) <= 0, key.Name);
                }
            }
        }
    }

    [Fact]
    public void Reference_CommittedPage_IsCurrent() =>
        Assert.Null(CommittedFile.Problem(ConfigurationReference.ToMarkdown(), "docs", "configuration.md"));

    [Fact]
    public void Reference_ItsExample_IsValid()
    {
        string page = ConfigurationReference.ToMarkdown();
        int start = page.IndexOf("```json\n", StringComparison.Ordinal) + "```json\n".Length;
        Assert.Empty(Load(page[start..page.IndexOf("```", start, StringComparison.Ordinal)]).Problems);
    }

    private static IEnumerable<SettingSection> Sections(SettingSchema schema) => schema switch
    {
        SettingSection section => section.Keys.SelectMany(key => Sections(key.Schema)).Prepend(section),
        SettingList list => Sections(list.Element),
        _ => [],
    };

    private GatewayConfiguration Load(string json, params string[] args) =>
        GatewayConfiguration.Load(_folder.Write("gateway.json", json), args, new Hashtable { ["HOME"] = "/home/u" });
}
