namespace Gateway.Mime.Tests;

public class RulePolicyTests
{
    private const string EncodedComposite = Mail.Header + "Content-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n\r\neHh4\r\n";
    private const string PaddingExcess = Mail.Header + "Content-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n\r\neHh4eHh4=\r\n";

    [Theory]
    [InlineData("allow", RuleAction.Allow)]
    [InlineData("tag", RuleAction.Tag)]
    [InlineData("quarantine", RuleAction.Quarantine)]
    [InlineData("reject", RuleAction.Reject)]
    public void Setting_OfAnAction_ReplacesTheDefault(string setting, RuleAction expected) =>
        Assert.Equal(expected, Mail.Inspect(EncodedComposite, new InspectionContext { Policy = Mail.Policy("encoded-composite-part", setting) }).Verdict);

    [Theory]
    [InlineData("allow", RuleAction.Allow)]
    [InlineData("reject", RuleAction.Tag)]
    public void Setting_OnAMilderGrade_NeverMakesItStronger(string setting, RuleAction expected) =>
        Assert.Equal(expected, Mail.Inspect(PaddingExcess, new InspectionContext { Policy = Mail.Policy("malformed-base64", setting) }).Verdict);

    [Fact]
    public void NullSender_OnASoftenedRule_OnlyTags()
    {
        Assert.Equal(RuleAction.Quarantine, Mail.Inspect(EncodedComposite).Verdict);
        Assert.Equal(RuleAction.Tag, Mail.Inspect(EncodedComposite, new InspectionContext { NullSender = true }).Verdict);
        InspectionContext strict = new() { NullSender = true, Policy = Mail.Policy("encoded-composite-part", "quarantine") };
        Assert.Equal(RuleAction.Quarantine, Mail.Inspect(EncodedComposite, strict).Verdict);
    }

    [Fact]
    public void Limits_OfAMeasuringRule_MoveItsActions()
    {
        string message = Mail.Header + "\r\n" + new string('x', 1500) + "\r\n";

        Assert.Equal(RuleAction.Tag, Mail.Inspect(message).Verdict);
        Assert.Equal(RuleAction.Allow, Mail.Inspect(message, new InspectionContext { Policy = Mail.Policy("line-too-long", "tag>2000") }).Verdict);
        Assert.Equal(RuleAction.Quarantine, Mail.Inspect(message, new InspectionContext { Policy = Mail.Policy("line-too-long", "quarantine>1KB") }).Verdict);
        Assert.Equal(RuleAction.Allow, Mail.Inspect(message, new InspectionContext { Policy = Mail.Policy("line-too-long", "tag>off") }).Verdict);
    }

    [Fact]
    public void TryCreate_UnknownRule_SaysWhatWasMeant()
    {
        Assert.False(RulePolicy.TryCreate([new("bare-fl", new RuleSetting(RuleAction.Tag)), new("zzzzzzzzzzzzzz", default)], out RulePolicy policy, out IReadOnlyList<string> errors));

        Assert.Same(RulePolicy.Default, policy);
        Assert.Equal(["unknown rule 'bare-fl'; did you mean 'bare-lf'?", "unknown rule 'zzzzzzzzzzzzzz'"], errors);
    }

    [Theory]
    [InlineData("bare-lf", "tag>10", "has no limits")]
    [InlineData("line-too-long", "tag>100 quarantine>50", "must rise")]
    [InlineData("nonstandard-end-of-data", "tag", "cannot be milder than quarantine")]
    [InlineData("nonstandard-end-of-data", "allow", "cannot be milder than quarantine")]
    public void TryCreate_LimitsThatMakeNoSense_AreErrors(string rule, string setting, string error)
    {
        Assert.True(RuleSetting.TryParse(setting, out RuleSetting parsed, out _));

        Assert.False(RulePolicy.TryCreate([new(rule, parsed)], out _, out IReadOnlyList<string> errors));

        Assert.Contains(error, Assert.Single(errors), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("bounce")]
    [InlineData("tag>much")]
    [InlineData("allow>3")]
    [InlineData("")]
    public void TryParse_Nonsense_IsRefusedWithAReason(string text)
    {
        Assert.False(RuleSetting.TryParse(text, out _, out string error));
        Assert.NotEmpty(error);
    }
}
