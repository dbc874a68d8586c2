using Gateway.Relay.Intake;
using Xunit;

namespace Gateway.Relay.Tests.Intake;

public sealed class IntakeReportTests
{
    [Fact]
    public void Recipients_OfOne_AreEscaped()
    {
        int next = 0;
        Assert.Equal(@"to=<a\u000a@b.test>", IntakeReport.Recipients(["a\n@b.test"], ref next));
        Assert.Equal(1, next);
    }

    [Fact]
    public void Recipients_OfAThousand_AreAllInLinesOfBoundedLength()
    {
        string[] all = [.. Enumerable.Range(0, 1000).Select(i => $"{new string('x', i % 60)}{i}@b.test")];
        List<string> found = [];
        for (int next = 0; next < all.Length;)
        {
            string line = IntakeReport.Recipients(all, ref next);
            Assert.InRange(line.Length, 1, IntakeReport.LongestRecipients + 200);
            found.AddRange(line.Split(", ").Select(t => t["to=<".Length..^1]));
        }

        Assert.Equal(all, found);
    }
}
