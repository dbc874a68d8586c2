using System.CommandLine;
using System.Text.Json;
using Gateway.Hosting;
using Gateway.Mime;

namespace Gateway.Commands;

/// <summary>A rule as the JSON output shows it.</summary>
/// <param name="Name">The stable name.</param>
/// <param name="Action">What it does under the configuration at hand.</param>
/// <param name="Default">What it does without configuration.</param>
/// <param name="Category">Its family.</param>
/// <param name="Clause">The RFC clause.</param>
/// <param name="Summary">What triggers it.</param>
/// <param name="Danger">Why it matters.</param>
/// <param name="Repair">What the sender should do.</param>
public sealed record RuleRow(
    string Name, string Action, string Default, string Category, string Clause, string Summary, string Danger, string Repair);

/// <summary><c>gateway rules ...</c>: the catalogue of malformations.</summary>
internal static class RulesCommands
{
    public static Command Create(CommandContext context) => new("rules", "See the catalogue of malformations and what each rule does.")
    {
        List(context), Show(context), ExceptionsCommand.Create(context),
    };

    private static Command List(CommandContext context)
    {
        Option<OutputFormat> format = CommandContext.FormatOption();
        Command command = new("list", "List all rules with their actions under the configuration.") { format };
        command.SetAction(parsed =>
        {
            RulePolicy policy = Policy(context, parsed);
            TextTable table = new(new TextColumn("RULE"), new TextColumn("ACTION"), new TextColumn("CLAUSE", Widest: 40), new TextColumn("TRIGGER", Widest: 90));
            foreach (Rule rule in RuleCatalogue.All)
            {
                RuleRow row = Row(rule, policy);
                if (parsed.GetValue(format) == OutputFormat.Json)
                {
                    context.PrintJson(row, CommandJson.Default.RuleRow);
                }

                table.Add(row.Name, row.Action, row.Clause, row.Summary);
            }

            if (parsed.GetValue(format) != OutputFormat.Json)
            {
                table.Write(context.Output);
                context.Output.WriteLine("More on one: gateway rules show NAME. Override: Gateway:Rules:<name> in the configuration.");
            }

            return ExitCode.Ok;
        });
        return command;
    }

    private static Command Show(CommandContext context)
    {
        Option<OutputFormat> format = CommandContext.FormatOption();
        Argument<string> name = new("name") { Description = "Rule name" };
        Command command = new("show", "Show all that is known of one rule.") { name, format };
        command.SetAction(parsed =>
        {
            string wanted = parsed.GetValue(name)!;
            if (!RuleCatalogue.TryGet(wanted, out Rule? rule))
            {
                string hint = RuleCatalogue.Nearest(wanted) is string near ? $" Did you mean '{near}'?" : string.Empty;
                throw new CommandFailedException(ExitCode.NotFound, $"No rule is named '{Relay.Telemetry.LogText.Escape(wanted, 60)}'.{hint}");
            }

            RuleRow row = Row(rule, Policy(context, parsed));
            if (parsed.GetValue(format) == OutputFormat.Json)
            {
                context.PrintJson(row, CommandJson.Default.RuleRow);
                return ExitCode.Ok;
            }

            context.Output.WriteLine($"{row.Name}  ({row.Category}, {row.Clause})");
            context.Output.WriteLine($"  trigger  {row.Summary}");
            context.Output.WriteLine($"  danger   {row.Danger}");
            context.Output.WriteLine($"  repair   {row.Repair}");
            context.Output.WriteLine($"  action   {row.Action} (default {row.Default})");
            return ExitCode.Ok;
        });
        return command;
    }

    private static RulePolicy Policy(CommandContext context, ParseResult parsed) =>
        HostSettings.TryRules(context.Load(parsed), out RulePolicy policy, out IReadOnlyList<string> errors)
            ? policy
            : throw new CommandFailedException(ExitCode.Configuration, string.Join('\n', errors));

    private static RuleRow Row(Rule rule, RulePolicy policy) => new(
        rule.Name, Describe(policy.ActionOf(rule), policy.ThresholdsOf(rule)), Describe(rule.Default, rule.Thresholds),
        JsonNamingPolicy.KebabCaseLower.ConvertName(rule.Category.ToString()), rule.Clause, rule.Summary, rule.Danger, rule.Repair);

    private static string Describe(RuleAction action, RuleThresholds? limits)
    {
        if (limits is null)
        {
            return action.ToString().ToLowerInvariant();
        }

        (string Name, long? Limit)[] steps = [("tag", limits.Tag), ("quarantine", limits.Quarantine), ("reject", limits.Reject)];
        return string.Join(", ", steps.Where(s => s.Limit is >= 0).Select(s => $"{s.Name} > {s.Limit} {limits.Unit}"));
    }
}
