using System.CommandLine;
using System.Text.Json;
using Gateway.Checking;
using Gateway.Mime;

namespace Gateway.Commands;

/// <summary>A rule as the JSON output shows it.</summary>
/// <param name="Name">The stable name.</param>
/// <param name="Action">What it does under the configuration at hand.</param>
/// <param name="Default">What it does without configuration.</param>
/// <param name="Group">Where it looks.</param>
/// <param name="Category">What kind of danger it is.</param>
/// <param name="Clause">The RFC clause.</param>
/// <param name="Summary">What triggers it.</param>
/// <param name="Danger">Why it matters.</param>
/// <param name="Repair">What the sender should do.</param>
/// <param name="Example">What it looks like, escaped.</param>
/// <param name="Grades">When milder or stronger actions apply; empty for one grade.</param>
public sealed record RuleRow(
    string Name, string Action, string Default, string Group, string Category, string Clause, string Summary, string Danger, string Repair, string Example,
    string Grades);

/// <summary><c>gateway rules ...</c>: the catalogue of malformations.</summary>
internal static class RulesCommands
{
    public static Command Create(CommandContext context) => new("rules", "See the catalogue of malformations and what each rule does.")
    {
        List(context), Show(context), RulesDiffCommand.Create(context), ExceptionsCommand.Create(context),
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
            foreach ((string title, string text) in RuleText.Of(rule))
            {
                context.Output.WriteLine($"  {title,-8} {text}");
            }

            context.Output.WriteLine($"  action   {row.Action} (default {row.Default})");
            context.Output.WriteLine($"  more     docs/rules.md#{row.Name}");
            return ExitCode.Ok;
        });
        return command;
    }

    private static RulePolicy Policy(CommandContext context, ParseResult parsed) => PolicyFile.Of(context.Load(parsed));

    private static RuleRow Row(Rule rule, RulePolicy policy) => new(
        rule.Name, Policies.Describe(policy, rule), Policies.DescribeDefault(rule),
        JsonNamingPolicy.KebabCaseLower.ConvertName(rule.Group.ToString()), JsonNamingPolicy.KebabCaseLower.ConvertName(rule.Category.ToString()),
        rule.Clause, rule.Summary, rule.Danger, rule.Repair, rule.Example, rule.Grades);
}
