using System.CommandLine;
using System.Globalization;
using Gateway.Checking;
using Gateway.Configuration;
using Gateway.Mime;
using Gateway.Relay.Telemetry;

namespace Gateway.Commands;

/// <summary><c>gateway rules diff A B PATH...</c>: which messages two policies judge differently, and why.</summary>
internal static class RulesDiffCommand
{
    private const int Verdicts = 4;

    public static Command Create(CommandContext context)
    {
        Argument<string> first = new("A") { Description = "Policy file, default for the catalogue's own, or current for the configuration at hand" };
        Argument<string> second = new("B") { Description = "The policy to compare it with" };
        Argument<string[]> paths = CheckCommand.PathsArgument();
        Option<OutputFormat> format = CommandContext.FormatOption();
        Option<LineEndings> endings = CheckCommand.EndingsOption();
        MailOriginOptions origin = new();
        Command command = new("diff", "Compare two policies over messages. Exit 0 all verdicts are the same, 1 some differ, 2 something could not be read.")
        {
            first, second, paths, format, endings,
        };
        origin.AddTo(command);
        command.SetAction(parsed =>
        {
            GatewayOptions options = context.Load(parsed);
            MailOrigin mail = origin.Read(parsed);
            SelectedPolicy before = PolicyFile.Load(parsed.GetValue(first)!, options, mail);
            SelectedPolicy after = PolicyFile.Load(parsed.GetValue(second)!, options, mail);
            PolicyComparison comparison = new(before.Rules, after.Rules, mail.IsNullSender, options.HostName);
            bool json = parsed.GetValue(format) == OutputFormat.Json;
            if (!json)
            {
                WriteRules(context.Output, comparison, before, after);
            }

            return Run(context, new MessageSource(parsed.GetValue(paths)!, parsed.GetValue(endings), Console.OpenStandardInput), comparison, json);
        });
        return command;
    }

    private static void WriteRules(TextWriter output, PolicyComparison comparison, SelectedPolicy before, SelectedPolicy after)
    {
        // Warn-only trials and exceptions change no rule of the table below.
        bool scoped = before.Entries + after.Entries > 0;
        if (scoped)
        {
            output.WriteLine($"A: {before.Describe()}.");
            output.WriteLine($"B: {after.Describe()}.");
        }

        TextTable table = new("RULE", "A", "B");
        foreach (Rule rule in comparison.ChangedRules)
        {
            table.Add(rule.Name, Policies.Describe(before.Rules, rule), Policies.Describe(after.Rules, rule));
        }

        if (table.Count == 0)
        {
            output.WriteLine(scoped ? "No action or limit of a rule differs." : "Both policies say the same.");
            return;
        }

        table.Write(output);
        output.WriteLine();
    }

    private static int Run(CommandContext context, MessageSource source, PolicyComparison comparison, bool json)
    {
        int[] moves = new int[Verdicts * Verdicts];
        (int messages, int changed, int unreadable) = (0, 0, 0);
        foreach (SourceMessage message in source.Read())
        {
            using (message)
            {
                if (message.Problem is string problem)
                {
                    unreadable++;
                    context.Error.WriteLine($"{LogText.Escape(message.Path)}: {LogText.Escape(problem)}");
                    continue;
                }

                messages++;
                (RuleAction before, RuleAction after, MessageChange? change) = comparison.Judge(message);
                moves[((int)before * Verdicts) + (int)after]++;
                if (change is null)
                {
                    continue;
                }

                changed++;
                if (json)
                {
                    context.PrintJson(change, CommandJson.Default.MessageChange);
                }
                else
                {
                    Write(context.Output, change);
                }
            }
        }

        if (!json)
        {
            WriteMoves(context.Output, moves, messages, changed, unreadable);
        }

        return unreadable > 0 ? ExitCode.Unreadable : changed > 0 ? ExitCode.Found : ExitCode.Ok;
    }

    private static void Write(TextWriter output, MessageChange change)
    {
        string why = string.Join(", ", change.Rules.Select(rule => $"{rule.Rule} {rule.Before ?? "none"} -> {rule.After ?? "none"}"));
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"{LogText.Escape(change.Path)}#{change.Index}: {change.Before} -> {change.After}  ({why})"));
    }

    private static void WriteMoves(TextWriter output, int[] moves, int messages, int changed, int unreadable)
    {
        TextTable table = new(
            [new TextColumn("A \\ B"), .. Enum.GetValues<RuleAction>().Select(static action => new TextColumn(action.Name(), ColumnAlignment.Right))]);
        for (int before = 0; before < Verdicts; before++)
        {
            string Count(int after) => moves[(before * Verdicts) + after].ToString(CultureInfo.InvariantCulture);
            table.Add(((RuleAction)before).Name(), Count(0), Count(1), Count(2), Count(3));
        }

        output.WriteLine();
        table.Write(output);
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{messages} messages: {changed} judged differently, {unreadable} unreadable"));
    }
}
