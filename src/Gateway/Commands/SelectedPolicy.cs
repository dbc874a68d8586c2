using Gateway.Configuration;
using Gateway.Hosting;
using Gateway.Mime;
using Gateway.Relay.Policy;
using Gateway.Relay.Telemetry;

namespace Gateway.Commands;

/// <summary>The policy that the relay would judge some mail by: the rules, and what Policies and Exceptions lay over them for it.</summary>
/// <param name="Name">The file, or the word it was named by.</param>
/// <param name="Rules">The whole.</param>
/// <param name="Applied">The entries that are for this mail, in their order.</param>
/// <param name="Entries">How many entries there are.</param>
internal sealed record SelectedPolicy(string Name, RulePolicy Rules, IReadOnlyList<PolicyEntry> Applied, int Entries)
{
    /// <summary>Names of the entries that are for this mail.</summary>
    public IReadOnlyList<string> AppliedNames { get; } = [.. Applied.Select(e => e.Name)];

    /// <summary>Selects from options as the relay does.</summary>
    /// <exception cref="CommandFailedException">The options have errors.</exception>
    public static SelectedPolicy From(string name, GatewayOptions options, MailOrigin mail)
    {
        RulePolicy rules = PolicyFile.Of(options);
        if (!PolicySettings.TryMake(options, rules, TimeProvider.System, out PolicyTable table, out IReadOnlyList<string> errors))
        {
            throw new CommandFailedException(ExitCode.Configuration, string.Join('\n', errors));
        }

        UInt128 session = table.OfSession(mail.ListenerIn(options), mail.Client);
        string sender = mail.Sender ?? string.Empty;
        return new SelectedPolicy(name, table.Select(session, sender, mail.Recipients), table.Matching(session, sender, mail.Recipients), table.Entries.Count);
    }

    /// <summary>The policy in words: what it is, and which entries are for this mail.</summary>
    public string Describe()
    {
        string entries = Applied.Count > 0 ? ", and over them " + string.Join(", ", Applied.Select(Describe))
            : Entries > 0 ? $"; none of its {Entries} Policies and Exceptions is for this mail (--listener, --client, --sender, --recipient)"
            : string.Empty;
        return $"the rules of {LogText.Escape(Name)}{entries}";
    }

    private static string Describe(PolicyEntry entry)
    {
        string kind = entry.Layer.Exemptions.Count > 0 ? "exception" : entry.Layer.WarnOnly ? "trial" : "policy";
        return $"{kind} '{LogText.Escape(entry.Name)}' ({LogText.Escape(entry.Scope.ToString())})";
    }
}
