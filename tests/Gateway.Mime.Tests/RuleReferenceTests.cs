using System.Text;
using Gateway.TestKit;

namespace Gateway.Mime.Tests;

public class RuleReferenceTests
{
    [Fact]
    public void WriteMarkdown_CommittedReference_IsCurrent()
    {
        StringBuilder text = new();
        using (StringWriter writer = new(text))
        {
            RuleReference.WriteMarkdown(writer);
        }

        Assert.Null(CommittedFile.Problem(text.ToString(), "docs", "rules.md"));
    }

    [Fact]
    public void Catalogue_EveryRow_IsCompleteAndDistinct()
    {
        Assert.Equal(RuleCatalogue.All.Count, RuleCatalogue.All.Select(rule => rule.Name).Distinct(StringComparer.Ordinal).Count());
        Assert.Equal(Enum.GetValues<RuleCode>().Length - 1, RuleCatalogue.All.Count);
        foreach (Rule rule in RuleCatalogue.All)
        {
            Assert.Matches("^[a-z0-9]+(-[a-z0-9]+)*$", rule.Name);
            Assert.Matches("^[45]\\.[0-9]+\\.[0-9]+$", rule.EnhancedCode);
            Assert.True(rule.ReplyCode is >= 550 and <= 554 || (rule.External && rule.ReplyCode is 421 or 452 or >= 500 and <= 503));
            Assert.Equal(rule.ReplyCode / 100, rule.EnhancedCode[0] - '0');
            Assert.All<string>([rule.Clause, rule.Summary, rule.Example, rule.Danger, rule.Repair, rule.ReplyText], text => Assert.False(string.IsNullOrWhiteSpace(text)));
            Assert.True(Ascii.IsValid(rule.ReplyText) && !rule.ReplyText.Contains('\n', StringComparison.Ordinal));
            Assert.Same(rule, RuleCatalogue.Get(rule.Code));
        }
    }
}
