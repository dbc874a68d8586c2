using System.CommandLine;
using System.CommandLine.Parsing;
using Gateway.Api;
using Gateway.Relay.Telemetry;

namespace Gateway.Commands;

/// <summary>Words of the command line that have another name now. They are understood for one more release, with a hint.</summary>
internal static class FormerWords
{
    /// <summary>What <c>--note</c> was called where it was not called so.</summary>
    public const string Reason = "--reason";

    private static readonly (string Command, string Option, string Word, string Now)[] s_values =
    [
        ("queue", "--state", QueueQuery.States.Former!.Value.Word, MemberName.Of(QueueQuery.States.Former.Value.Member)),
        ("quarantine", "--state", QuarantineApi.States.Former!.Value.Word, MemberName.Of(QuarantineApi.States.Former.Value.Member)),
    ];

    /// <summary>A sentence for each former word that was given.</summary>
    public static IEnumerable<string> Hints(ParseResult parsed)
    {
        string[] commands = [.. Commands(parsed.CommandResult)];
        foreach (OptionResult given in parsed.CommandResult.Children.OfType<OptionResult>().Where(static o => !o.Implicit))
        {
            string option = given.Option.Name;
            if (given.IdentifierToken is { Value: Reason } && option != Reason)
            {
                yield return Sentence(Reason, option);
            }

            foreach ((_, _, string word, string now) in s_values.Where(v => v.Option == option && commands.Contains(v.Command)))
            {
                if (given.Tokens.Any(t => t.Value.Equals(word, StringComparison.OrdinalIgnoreCase)))
                {
                    yield return Sentence($"{option} {word}", $"{option} {now}");
                }
            }
        }
    }

    private static string Sentence(string former, string now) => $"hint: {former} is {now} now; {former} is understood until the next release.";

    private static IEnumerable<string> Commands(CommandResult? result)
    {
        for (; result is not null; result = result.Parent as CommandResult)
        {
            yield return result.Command.Name;
        }
    }
}
