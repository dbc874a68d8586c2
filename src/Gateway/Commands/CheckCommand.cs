using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Gateway.Checking;
using Gateway.Hosting;
using Gateway.Mime;
using Gateway.Relay.Telemetry;

namespace Gateway.Commands;

/// <summary><c>gateway check</c>: what the relay would do with messages in files.</summary>
internal static class CheckCommand
{
    public static Command Create(CommandContext context)
    {
        Argument<string[]> paths = new("path") { Description = "Files, mbox files, folders (recursive), or - for standard input", Arity = ArgumentArity.OneOrMore };
        Option<OutputFormat> format = new("--format", "-f")
        {
            Description = "text, json (one object a message) or sarif (2.1.0)", DefaultValueFactory = _ => OutputFormat.Text, HelpName = "text|json|sarif",
        };
        Option<LineEndings> endings = new("--line-endings")
        {
            Description = "auto reads a file whose lines all end in LF as stored form; wire takes every octet as it is",
            DefaultValueFactory = _ => LineEndings.Auto,
            HelpName = "auto|wire",
        };
        Option<string?> sender = new("--sender") { Description = "The envelope sender; \"\" is the null sender of bounces, for whom some rules are softened" };
        Option<bool> quiet = new("--quiet", "-q") { Description = "Text: only messages that would be held or rejected" };
        Command command = new("check", "Judge messages in files as the relay would. Exit 0 nothing would be held, 1 something would, 2 something could not be read.")
        {
            paths, format, endings, sender, quiet,
        };
        command.SetAction(parsed =>
        {
            if (!HostSettings.TryRules(context.Load(parsed), out RulePolicy policy, out IReadOnlyList<string> errors))
            {
                throw new CommandFailedException(ExitCode.Configuration, string.Join('\n', errors));
            }

            MessageSource source = new(parsed.GetValue(paths)!, parsed.GetValue(endings), Console.OpenStandardInput);
            MessageCheck check = new(policy, nullSender: parsed.GetValue(sender) is { Length: 0 });
            return Run(context, source, check, parsed.GetValue(format), parsed.GetValue(quiet));
        });
        return command;
    }

    private static int Run(CommandContext context, MessageSource source, MessageCheck check, OutputFormat format, bool quiet)
    {
        long start = Stopwatch.GetTimestamp();
        int[] counts = new int[4];
        int unreadable = 0;
        using SarifWriter? sarif = format == OutputFormat.Sarif ? new SarifWriter(Console.OpenStandardOutput(), GatewayHost.Version) : null;
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

                (RuleAction verdict, CheckLine line) = check.Judge(message);
                counts[(int)verdict]++;
                if (sarif is not null)
                {
                    sarif.Add(line);
                }
                else if (format == OutputFormat.Json)
                {
                    context.PrintJson(line, CommandJson.Default.CheckLine);
                }
                else if (verdict >= RuleAction.Quarantine || (!quiet && verdict == RuleAction.Tag))
                {
                    Print(context.Output, line);
                }
            }
        }

        if (format == OutputFormat.Text)
        {
            double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
            context.Output.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{counts.Sum()} messages in {seconds:0.00} s: {counts[0]} accept, {counts[1]} tag, {counts[2]} quarantine, {counts[3]} reject, {unreadable} unreadable"));
        }

        return unreadable > 0 ? ExitCode.Unreadable : counts[2] + counts[3] > 0 ? ExitCode.Found : ExitCode.Ok;
    }

    private static void Print(TextWriter output, CheckLine line)
    {
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{LogText.Escape(line.Path)}#{line.Index}: {line.Verdict}, {line.Size} octets"));
        foreach (CheckFinding finding in line.Findings.Where(f => f.Action != "allow"))
        {
            string part = finding.Part.Length == 0 ? "top" : finding.Part;
            output.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"  {finding.Action,-10} {finding.Rule} at {finding.Offset}+{finding.Length}, line {finding.Line}, part {part}: {LogText.Escape(finding.Detail)} ({finding.Clause})"));
            output.WriteLine($"             {finding.Excerpt}");
        }
    }
}
