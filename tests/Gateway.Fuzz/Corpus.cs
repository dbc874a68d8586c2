using Gateway.Fuzz.Protocol;
using Gateway.TestKit;

namespace Gateway.Fuzz;

/// <summary>What the repository has to begin from: samples of the rules, golden conversations, earlier finds.</summary>
internal static class Corpus
{
    /// <summary>The folder with finds and cases that must stay good.</summary>
    public static string ProtocolFolder => Path.Combine(Repository.Root, "fuzz-corpus", "protocol");

    /// <summary>The folder with messages that once broke something.</summary>
    public static string MessagesFolder => Path.Combine(Repository.Root, "fuzz-corpus", "messages");

    /// <summary>The samples of all rules.</summary>
    public static IReadOnlyList<byte[]> Messages() =>
        [.. Directory.GetFiles(Repository.RuleSamples, "*.eml", SearchOption.AllDirectories).Order(StringComparer.Ordinal).Select(File.ReadAllBytes)];

    /// <summary>The golden conversations of the server's tests, as cases.</summary>
    public static IReadOnlyList<ProtocolCase> Conversations()
    {
        string folder = Path.Combine(Repository.Root, "tests", "Gateway.Smtp.Tests", "Conversations");
        return [.. Directory.GetFiles(folder, "*.smtp", SearchOption.AllDirectories).Order(StringComparer.Ordinal).Select(Convert)];
    }

    private static ProtocolCase Convert(string path)
    {
        string kind = Path.GetFileName(path).Split('-')[0];
        Door door = !path.Contains("Tls", StringComparison.Ordinal) ? Door.Tight
            : kind switch { "none" => Door.Plain, "required" => Door.Required, "implicit" => Door.Implicit, _ => Door.Optional };
        List<ProtocolStep> steps = [];
        foreach ((string step, string text) in GoldenConversation.Load(path).Steps)
        {
            ProtocolStep? made = step switch
            {
                "C:" => ProtocolStep.Of(text + "\r\n"),
                "C!" => ProtocolStep.Of(GoldenConversation.Unescape(text)),
                "T!" => ProtocolStep.Secure,
                "S:" or "S~" => ProtocolStep.Wait,
                _ => null,
            };
            if (made is not null)
            {
                steps.Add(made);
            }
        }

        return new ProtocolCase(door, 0, steps);
    }
}
