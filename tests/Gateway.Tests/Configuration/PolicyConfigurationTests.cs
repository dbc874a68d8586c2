using Xunit;
using System.Collections;
using Gateway.Configuration;
using Gateway.Hosting;
using Gateway.Mime;
using Gateway.Relay.Policy;

namespace Gateway.Tests.Configuration;

public sealed class PolicyConfigurationTests
{
    private const string Whole = "Name=p Rule=missing-boundary Networks=10.0.0.0/8 Reason=old Author=ada Expires=2999-01-31";

    [Fact]
    public void TryMake_PoliciesAndExceptions_BecomeTheTable()
    {
        GatewayConfiguration configuration = Load(
            "Listeners:0:Endpoint=127.0.0.1:2526", "Listeners:0:Name=inside", "Policies:0:Name=trial", "Policies:0:Listeners=inside",
            "Policies:0:SenderDomains=*.example.org", "Policies:0:WarnOnly=true", "Policies:0:Rules:line-too-long:Quarantine=1MB",
            "Exceptions:0:Name=partner", "Exceptions:0:Rule=Missing-Boundary", "Exceptions:0:Action=allow", "Exceptions:0:Networks=10.0.0.0/8",
            "Exceptions:0:Reason=their scanner", "Exceptions:0:Author=ada", "Exceptions:0:Expires=2026-12-31T12:00:00Z");
        Assert.DoesNotContain(configuration.Problems, p => !p.IsWarning);
        Assert.True(HostSettings.TryMake(configuration.Options!, out GatewayHostSettings settings, out IReadOnlyList<string> errors), string.Join('\n', errors));

        PolicyTable table = settings.RelayProfile().Policies!;
        Assert.Equal(["trial", "partner"], table.Entries.Select(e => e.Name));
        Assert.Equal("listener inside; from *.example.org", table.Entries[0].Scope.ToString());
        Assert.True(table.Entries[0].Layer.WarnOnly);
        PolicyEntry partner = table.Entries[1];
        Assert.Equal(("their scanner", "ada", new DateTimeOffset(2026, 12, 31, 12, 0, 0, TimeSpan.Zero)), (partner.Reason, partner.Author, partner.Expires));
        Assert.Equal(new RuleExemption("partner", RuleCode.MissingBoundary, RuleAction.Allow), Assert.Single(partner.Layer.Exemptions));
        Assert.Equal("inside", settings.Listeners[0].Name);
    }

    [Theory]
    [InlineData("Exceptions:0:Name=x", "must be given")]
    [InlineData("Exceptions:0:Expires=soon", "expected a date such as 2027-03-31")]
    [InlineData("Exceptions:0:Expires=2027-03-31T12:00:00", "expected a date such as 2027-03-31")]
    [InlineData("Exceptions:0:Action=drop", "one of tag, allow")]
    [InlineData("Policies:0:Rule:bare-lf=tag", "did you mean \"Gateway:Policies:0:Rules\"?")]
    [InlineData("Policies:0:Rules:bare-fl=tag", "did you mean \"Gateway:Policies:0:Rules:bare-lf\"?")]
    [InlineData("Policies:0:Networks=10.0.0.1/8", "did you mean \"10.0.0.0/8\"?")]
    [InlineData("Policies:0:Name=x --Gateway:Policies:0:Listeners=127.0.0.1:2255", "did you mean \"127.0.0.1:2525\"?")]
    [InlineData("Policies:0:Name=x", "is for all mail")]
    public void Load_Mistake_SaysWhatWouldBeRight(string setting, string expected) =>
        Assert.Contains(Load(setting.Split(" --Gateway:")).Problems, p => p.ToString().Contains(expected, StringComparison.Ordinal));

    [Theory]
    [InlineData("Rule=missing-bondary", "did you mean 'missing-boundary'?")]
    [InlineData("Rule=bare-lf", "has no exceptions")]
    public void TryMake_Mistake_SaysWhatWouldBeRight(string setting, string expected)
    {
        string key = setting.Split('=')[0];
        string[] settings = [.. Whole.Split(' ').Where(s => !s.StartsWith(key + "=", StringComparison.Ordinal)).Append(setting).Select(s => "Exceptions:0:" + s)];
        GatewayConfiguration configuration = Load(settings);
        Assert.False(HostSettings.TryMake(configuration.Options!, out _, out IReadOnlyList<string> errors));
        Assert.Contains(expected, Assert.Single(errors), StringComparison.Ordinal);
    }

    [Fact]
    public void Load_OddException_WarnsAndStarts()
    {
        string[] whole = [.. Whole.Split(' ').Select(s => "Exceptions:0:" + s)];
        Assert.Contains("longer than a year", Assert.Single(Load(whole).Problems).Message, StringComparison.Ordinal);
        GatewayConfiguration old = Load([.. whole.Select(s => s.Replace("2999-01-31", "2020-02-29", StringComparison.Ordinal))]);
        Assert.Contains("has expired", Assert.Single(old.Problems).Message, StringComparison.Ordinal);
        Assert.NotNull(old.Options);
        Assert.Contains(Load([.. whole.Where(s => !s.Contains("Networks", StringComparison.Ordinal))]).Problems, p => p.Message.Contains("is for all mail", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("2027-03-31", "2027-04-01T00:00:00Z", "2027-03-31")]
    [InlineData("2027-03-31T14:00:00+02:00", "2027-03-31T12:00:00Z", "2027-03-31T12:00:00Z")]
    public void Expiry_DateOrTime_EndsThenAndReadsBack(string text, string at, string written)
    {
        Assert.True(Expiry.TryParse(text, null, out Expiry expiry));
        Assert.Equal(DateTimeOffset.Parse(at, System.Globalization.CultureInfo.InvariantCulture), expiry.At);
        Assert.Equal(written, expiry.ToString());
        Assert.Equal(expiry, Expiry.Parse(written, null));
    }

    internal static GatewayConfiguration Load(params string[] settings)
    {
        string file = Path.Combine(Path.GetTempPath(), $"policy-{Guid.NewGuid():n}.json");
        File.WriteAllText(file, "{}");
        try
        {
            return GatewayConfiguration.Load(
                file, [.. settings.Select(s => "--Gateway:" + s)], new Hashtable { ["HOME"] = "/" }, [.. RuleCatalogue.All.Select(r => r.Name)]);
        }
        finally
        {
            File.Delete(file);
        }
    }
}
