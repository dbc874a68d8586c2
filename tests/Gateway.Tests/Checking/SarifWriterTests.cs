using System.Text;
using System.Text.Json;
using Gateway.Checking;
using Gateway.Mime;
using Gateway.TestKit;
using NJsonSchema;
using NJsonSchema.Validation;
using Xunit;

namespace Gateway.Tests.Checking;

/// <summary>The SARIF output against the schema of OASIS, and its places against the files.</summary>
public sealed class SarifWriterTests
{
    private static readonly string Samples = Repository.RuleSamples;

    [Fact]
    public async Task Sarif_OfEverySampleThereIs_ValidatesAgainstTheSchema()
    {
        string sarif = Write([Samples, "/no/such/place"], "https://docs.example.org/rules.md");

        Assert.Empty(await ProblemsAsync(sarif));
        JsonElement run = JsonElement.Parse(sarif).GetProperty("runs")[0];
        JsonElement[] rules = [.. run.GetProperty("tool").GetProperty("driver").GetProperty("rules").EnumerateArray()];
        Assert.Equal(RuleCatalogue.All.Count, rules.Length);
        Assert.All(rules, rule => Assert.Equal($"https://docs.example.org/rules.md#{rule.GetProperty("id").GetString()}", rule.GetProperty("helpUri").GetString()));
        JsonElement[] results = [.. run.GetProperty("results").EnumerateArray()];
        Assert.InRange(results.Length, 200, 100_000);
        Assert.All(results, result => Assert.Equal(
            result.GetProperty("ruleId").GetString(), rules[result.GetProperty("ruleIndex").GetInt32()].GetProperty("id").GetString()));
        JsonElement invocation = run.GetProperty("invocations")[0];
        Assert.False(invocation.GetProperty("executionSuccessful").GetBoolean());
        Assert.Equal(1, invocation.GetProperty("toolExecutionNotifications").GetArrayLength());
    }

    [Fact]
    public async Task Sarif_OfNothing_ValidatesToo() => Assert.Empty(await ProblemsAsync(Write([], null)));

    [Theory]
    [InlineData("\"startLine\": ", "\"startLine\": -")]
    [InlineData("\"startColumn\"", "\"beginColumn\"")]
    [InlineData("\"level\": \"error\"", "\"level\": \"fatal\"")]
    [InlineData("\"version\": \"2.1.0\"", "\"version\": \"2.1.1\"")]
    [InlineData("\"columnKind\": \"utf16CodeUnits\"", "\"columnKind\": \"octets\"")]
    [InlineData("\"ruleIndex\": ", "\"ruleIndex\": -")]
    public async Task Schema_OfADamagedDocument_RefusesIt(string right, string wrong)
    {
        string sarif = Write([Path.Combine(Samples, "missing-boundary")], null);
        Assert.Contains(right, sarif, StringComparison.Ordinal);

        Assert.NotEmpty(await ProblemsAsync(sarif.Replace(right, wrong, StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("/a b/ü#.eml", "file:///a%20b/%C3%BC%23.eml")]
    [InlineData("mail/one.eml", "mail/one.eml")]
    [InlineData("-", "-")]
    [InlineData("a:b", "a%3Ab")]
    public void UriOf_APath_IsAReference(string path, string expected) => Assert.Equal(expected, SarifWriter.UriOf(path));

    [Theory]
    [InlineData("\r\n")]
    [InlineData("\n")]
    public void Region_OfAFile_IsWhereTheOctetsAreInIt(string lineEnd)
    {
        using TemporaryFolder folder = new();
        string text = "From: ada@example.org\r\nDate: x\r\nSubject: ü =?utf-8?Q?a=0Ab?= end\r\n\r\ntext\r\n".Replace("\r\n", lineEnd, StringComparison.Ordinal);
        string path = Path.Combine(folder.Path, "one.eml");
        File.WriteAllText(path, text);

        JsonElement region = Region(path, "subject-control");

        byte[] octets = File.ReadAllBytes(path);
        string evidence = Encoding.UTF8.GetString(octets, region.GetProperty("byteOffset").GetInt32(), region.GetProperty("byteLength").GetInt32());
        Assert.Equal("=?utf-8?Q?a=0Ab?=", evidence);
        Assert.Equal((3, 12, 3, 29), Places(region));
    }

    [Fact]
    public void Region_OfTheSecondMessageOfAnMbox_CountsTheLinesOfTheFile()
    {
        using TemporaryFolder folder = new();
        const string Divider = "From a@example.org Mon Nov 23 09:00:00 2026\n";
        const string First = Divider + "From: ada@example.org\nTo: bob@example.net\nSubject: one\n\ntext\n>From here\n\n";
        string path = Path.Combine(folder.Path, "two.mbox");
        File.WriteAllText(path, First + Divider + "From: ada@example.org\nSubject: =?utf-8?Q?a=0Ab?=\n\ntext\n");

        JsonElement region = Region(path, "subject-control");

        Assert.Equal(File.ReadAllLines(path).Index().First(line => line.Item.Contains("=0A", StringComparison.Ordinal)).Index + 1, Places(region).StartLine);
        Assert.False(region.TryGetProperty("byteOffset", out _));
    }

    private static (int StartLine, int StartColumn, int EndLine, int EndColumn) Places(JsonElement region) => (
        region.GetProperty("startLine").GetInt32(), region.GetProperty("startColumn").GetInt32(),
        region.GetProperty("endLine").GetInt32(), region.GetProperty("endColumn").GetInt32());

    private static JsonElement Region(string path, string rule) => JsonElement.Parse(Write([path], null)).GetProperty("runs")[0].GetProperty("results").EnumerateArray()
        .First(result => result.GetProperty("ruleId").GetString() == rule)
        .GetProperty("locations")[0].GetProperty("physicalLocation").GetProperty("region");

    private static string Write(string[] paths, string? rulesUrl)
    {
        using MemoryStream output = new();
        MessageCheck check = new(RulePolicy.Default, nullSender: false, "mx.gateway.example");
        using (SarifWriter sarif = new(output, "0.0.0", rulesUrl, ["partners"]))
        {
            foreach (SourceMessage message in new MessageSource(paths, LineEndings.Auto, () => Stream.Null).Read())
            {
                using (message)
                {
                    if (message.Problem is { } problem)
                    {
                        sarif.AddUnreadable(message.Path, problem);
                    }
                    else
                    {
                        (InspectionReport report, TimeSpan elapsed) = check.Judge(message);
                        sarif.Add(message, CheckLine.Of(message, report, elapsed, ["partners"]));
                    }
                }
            }
        }

        return Encoding.UTF8.GetString(output.ToArray());
    }

    private static async Task<IReadOnlyList<string>> ProblemsAsync(string sarif)
    {
        string schema = await File.ReadAllTextAsync(
            Path.Combine(AppContext.BaseDirectory, "Checking", "sarif-2.1.0.schema.json"), TestContext.Current.CancellationToken);
        JsonSchema made = await JsonSchema.FromJsonAsync(schema, TestContext.Current.CancellationToken);
        ICollection<ValidationError> errors = made.Validate(sarif);
        return [.. errors.Select(error => error.ToString())];
    }
}
