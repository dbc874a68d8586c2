using System.Text.RegularExpressions;
using Gateway.Configuration;
using Gateway.Smtp.Server;
using Gateway.TestKit;
using Xunit;

namespace Gateway.Tests;

/// <summary>The table of limits in docs/operations.md names what exists, all of it.</summary>
public sealed partial class LimitTableTests
{
    private static readonly string[] Rows =
        [.. File.ReadLines(Path.Combine(Repository.Root, "docs", "operations.md")).SkipWhile(l => l != "## Limits").Skip(1).TakeWhile(l => !l.StartsWith("## ", StringComparison.Ordinal)).Where(l => l.StartsWith("| ", StringComparison.Ordinal))];

    [Fact]
    public void Notes_Each_HasARow()
    {
        string table = string.Join('\n', Rows);
        Assert.DoesNotContain(SessionNoteNames.All, note => !table.Contains($"`{note}`", StringComparison.Ordinal));
        Assert.Equal(Enum.GetValues<SessionNotes>().Length - 1, SessionNoteNames.All.Count());
    }

    [Fact]
    public void Settings_EachOfLimits_HasARow()
    {
        string table = string.Join('\n', Rows);
        string[] aboutOthers = ["AllowedNetworks", "ExemptNetworks"];
        Assert.DoesNotContain(
            typeof(LimitsOptions).GetProperties().Select(p => p.Name).Except(aboutOthers),
            name => !table.Contains($"`Limits:{name}`", StringComparison.Ordinal) && !table.Contains($"`{name}`", StringComparison.Ordinal));
    }

    [Fact]
    public void Defaults_OfTheTable_AreThoseInForce()
    {
        LimitsOptions limits = new();
        foreach (string row in Rows.Skip(1))
        {
            string[] cells = [.. row.Split(" | ").Select(c => c.Trim('|', ' '))];
            Match first = Setting().Match(cells[1]);
            if (first.Success && typeof(LimitsOptions).GetProperty(first.Groups[1].Value) is { } property)
            {
                Assert.Equal(property.GetValue(limits)!.ToString(), cells[2].Split(", ")[0]);
            }
        }
    }

    [GeneratedRegex("`Limits:([A-Za-z]+)`", RegexOptions.CultureInvariant)]
    private static partial Regex Setting();
}
