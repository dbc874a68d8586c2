using System.Reflection;
using Gateway.Smtp.Server;
using Gateway.TestKit;
using Xunit;

namespace Gateway.Smtp.Tests.Server;

/// <summary>The session stays a loop with a phase: what a command or a clock needs is in objects of their own, each small enough to be read at once.</summary>
public sealed class SessionFormTests
{
    private const int MostFields = 14;

    public static TheoryData<string, int> Sizes => new()
    {
        { nameof(SmtpSession), 450 },
        { nameof(SessionClock), 250 },
        { nameof(ReplyWriter), 250 },
        { nameof(ContentReceiver), 250 },
        { nameof(SaslDialogue), 250 },
        { nameof(ClientInput), 250 },
        { nameof(SessionParts), 250 },
        { nameof(EnvelopeCommands), 250 },
        { nameof(TrustedHostCommands), 250 },
    };

    [Theory]
    [MemberData(nameof(Sizes))]
    public void Files_OfATypeTogether_AreNotLongerThan(string type, int lines)
    {
        string[] files = [.. Directory.GetFiles(Folder(), type + ".cs"), .. Directory.GetFiles(Folder(), type + ".*.cs")];
        Assert.NotEmpty(files);
        Assert.InRange(files.Sum(f => File.ReadLines(f).Count()), 1, lines);
    }

    [Fact]
    public void Fields_OfTheSession_AreFew()
    {
        // What a primary constructor captures and what a property keeps are fields too.
        FieldInfo[] fields = typeof(SmtpSession).GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic);
        Assert.True(fields.Length is > 0 and <= MostFields, string.Join(", ", fields.Select(f => f.Name)));
        Assert.DoesNotContain(fields, f => f.FieldType == typeof(bool));
    }

    private static string Folder() => Path.Combine(Repository.Root, "src", "Gateway.Smtp", "Server");
}
