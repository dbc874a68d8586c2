using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Gateway.Checking;
using Gateway.Configuration;
using Gateway.Hosting;
using Gateway.Mime;
using Gateway.Relay.Telemetry;

namespace Gateway.Commands;

/// <summary><c>gateway check</c>: what the relay would do with messages in files, and what their sender should mend.</summary>
internal static class CheckCommand
{
    /// <summary>The paths that <c>check</c> and <c>rules diff</c> read.</summary>
    public static Argument<string[]> PathsArgument() => new("path")
    {
        Description = "Files, mbox files, folders (recursive), or - for standard input", Arity = ArgumentArity.OneOrMore,
    };

    /// <summary><c>--line-endings auto|wire</c>.</summary>
    public static Option<LineEndings> EndingsOption() => ClosedOption.Of(
        new ClosedSet<LineEndings>("form"), LineEndings.Auto,
        "auto reads a file whose lines all end in LF as stored form; wire takes every octet as it is", "--line-endings");

    public static Command Create(CommandContext context)
    {
        Argument<string[]> paths = PathsArgument();
        Option<OutputFormat> format = ClosedOption.Of(
            new ClosedSet<OutputFormat>("format"), OutputFormat.Text, "text, json (one object a message) or sarif (2.1.0)", "--format", "-f");
        Option<LineEndings> endings = EndingsOption();
        MailOriginOptions origin = new();
        Option<bool> quiet = new("--quiet", "-q") { Description = "Text: only messages that would be quarantined or rejected" };
        Option<bool> all = new("--all", "-a") { Description = "Text and sarif: also findings that are only counted (allow)" };
        Option<string?> policy = new("--policy")
        {
            Description = "Judge by this policy instead of the configured one, and count what its rules do: a file with Gateway:Rules, or with Policies and Exceptions too, or default",
            HelpName = "FILE",
        };
        Option<string?> rulesUrl = new("--rules-url")
        {
            Description = "Sarif: where docs/rules.md is published; help links of rules lead there", HelpName = "URL",
        };
        Command command = new("check", "Judge messages in files as the relay would. Exit 0 nothing would be quarantined, 1 something would, 2 something could not be read.")
        {
            paths, format, endings, quiet, all, policy, rulesUrl,
        };
        origin.AddTo(command);
        command.SetAction(parsed =>
        {
            string? url = parsed.GetValue(rulesUrl);
            if (url is not null && !Uri.TryCreate(url, UriKind.Absolute, out _))
            {
                throw new CommandFailedException(ExitCode.Usage, "--rules-url expects an absolute URL.");
            }

            string? named = parsed.GetValue(policy);
            GatewayOptions options = context.Load(parsed);
            MessageSource source = new(parsed.GetValue(paths)!, parsed.GetValue(endings), Console.OpenStandardInput);
            MailOrigin mail = origin.Read(parsed);
            SelectedPolicy selected = PolicyFile.Load(named ?? PolicyFile.Current, options, mail);
            MessageCheck check = new(selected.Rules, mail.IsNullSender, options.HostName);
            return new Run(context, check, parsed.GetValue(format))
            {
                Policies = selected.AppliedNames,
                JudgedBy = named is not null || selected.Entries > 0 ? selected.Describe() : null,
                Quiet = parsed.GetValue(quiet),
                All = parsed.GetValue(all),
                RulesUrl = url,
                Tally = named is null ? null : new RuleTally(),
            }.Over(source);
        });
        return command;
    }

    /// <summary>One run over all messages.</summary>
    private sealed class Run(CommandContext context, MessageCheck check, OutputFormat format)
    {
        public bool Quiet { get; init; }

        public bool All { get; init; }

        public string? RulesUrl { get; init; }

        public RuleTally? Tally { get; init; }

        /// <summary>Names of what is laid over the rules.</summary>
        public IReadOnlyList<string> Policies { get; init; } = [];

        /// <summary>The policy in words; null when it is nothing but the configured rules.</summary>
        public string? JudgedBy { get; init; }

        public int Over(MessageSource source)
        {
            long start = Stopwatch.GetTimestamp();
            int[] counts = new int[4];
            int unreadable = 0;
            if (format == OutputFormat.Text && JudgedBy is not null)
            {
                context.Output.WriteLine($"Judged by {JudgedBy}.");
            }

            using (SarifWriter? sarif = format == OutputFormat.Sarif ? new SarifWriter(StandardStream.OpenOutput(), GatewayHost.Version, RulesUrl, Policies) : null)
            {
                foreach (SourceMessage message in source.Read())
                {
                    using (message)
                    {
                        if (message.Problem is string problem)
                        {
                            unreadable++;
                            sarif?.AddUnreadable(message.Path, problem);
                            context.Error.WriteLine($"{LogText.Escape(message.Path)}: {LogText.Escape(problem)}");
                            continue;
                        }

                        (InspectionReport report, TimeSpan elapsed) = check.Judge(message);
                        counts[(int)report.Verdict]++;
                        Tally?.Add(report);
                        Print(sarif, message, report, elapsed);
                    }
                }
            }

            if (format == OutputFormat.Text)
            {
                WriteTally();
                double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
                context.Output.WriteLine(string.Create(
                    CultureInfo.InvariantCulture,
                    $"{counts.Sum()} messages in {seconds:0.00} s: {counts[0]} allow, {counts[1]} tag, {counts[2]} quarantine, {counts[3]} reject, {unreadable} unreadable"));
            }

            return unreadable > 0 ? ExitCode.Unreadable : counts[2] + counts[3] > 0 ? ExitCode.Found : ExitCode.Ok;
        }

        private void Print(SarifWriter? sarif, SourceMessage message, InspectionReport report, TimeSpan elapsed)
        {
            CheckLine line = CheckLine.Of(message, report, elapsed, Policies);
            if (format == OutputFormat.Json)
            {
                context.PrintJson(line, CommandJson.Default.CheckLine);
                return;
            }

            if (!All)
            {
                line = line with { Findings = [.. line.Findings.Where(finding => finding.Action != "allow")] };
            }

            sarif?.Add(message, line);
            if (sarif is null && (report.Verdict >= RuleAction.Quarantine || (!Quiet && line.Findings.Count > 0)))
            {
                CheckText.Write(context.Output, message, line);
            }
        }

        private void WriteTally()
        {
            if (Tally is null)
            {
                return;
            }

            TextTable table = new(
                new TextColumn("RULE"), new TextColumn("ACTION"), new TextColumn("MESSAGES", ColumnAlignment.Right), new TextColumn("DECIDED", ColumnAlignment.Right));
            foreach ((RuleCode rule, RuleAction action, int messages, int decided) in Tally.Rows)
            {
                table.Add(
                    RuleCatalogue.Get(rule).Name, action.Name(), messages.ToString(CultureInfo.InvariantCulture),
                    decided.ToString(CultureInfo.InvariantCulture));
            }

            table.Write(context.Output);
            context.Output.WriteLine();
        }
    }
}
