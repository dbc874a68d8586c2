using System.Text;

namespace Gateway.Mime.Tests;

/// <summary>Messages for tests, and their inspection in one call.</summary>
internal static class Mail
{
    public const string Header = "From: ada@example.org\r\nTo: bob@example.net\r\nSubject: test\r\nDate: Mon, 02 Mar 2026 10:00:00 +0000\r\nMessage-ID: <1@example.org>\r\nMIME-Version: 1.0\r\n";

    public static byte[] Octets(string text) => Encoding.Latin1.GetBytes(text);

    public static InspectionReport Inspect(string text, InspectionContext context = default) => Inspect(Octets(text), context);

    public static InspectionReport Inspect(byte[] octets, InspectionContext context = default)
    {
        using MessageBytes content = MessageBytes.FromMemory(octets);
        return new MimeInspector().Inspect(content, context, TestContext.Current.CancellationToken);
    }

    public static WireFacts Scan(ReadOnlySpan<byte> octets)
    {
        WireScanner scanner = new();
        scanner.Append(octets);
        return scanner.Complete();
    }

    public static RulePolicy Policy(string rule, string setting)
    {
        Assert.True(RuleSetting.TryParse(setting, out RuleSetting parsed, out string error), error);
        Assert.True(RulePolicy.TryCreate([new(rule, parsed)], out RulePolicy policy, out _));
        return policy;
    }
}
