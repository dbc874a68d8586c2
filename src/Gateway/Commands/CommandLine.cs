using System.CommandLine;
using System.CommandLine.Parsing;
using Gateway.Configuration;
using Gateway.Faults;
using Gateway.Relay.Telemetry;

namespace Gateway.Commands;

/// <summary>The command line: all commands, and how each of them ends.</summary>
/// <remarks>
/// Promises: whatever stops a command, its user gets a sentence and one of <see cref="ExitCode"/>; only a fault of ours shows where it happened.
/// Threads: one command a process.
/// </remarks>
internal static class CommandLine
{
    private static readonly TimeSpan MostAfterSignal = TimeSpan.FromSeconds(2);

    /// <summary>All commands.</summary>
    public static RootCommand Create(CommandContext context) => new(
        """
        Gateway: an SMTP relay that inspects every message and quarantines malformed mail before it can hurt the system behind it.
          Any configuration key can be given on the command line: --Gateway:HostName=mx.example.org
          Exit codes: 0 done, 1 found or not ready, 2 unreadable, 64 usage, 66 no such thing, 69 not running, or in use, 70 our fault,
          73 a file cannot be written, 74 the output cannot be written, 77 not permitted, 78 configuration.
        """)
    {
        RunCommand.Create(context),
        DemoCommand.Create(context),
        DrillCommands.Create(context),
        CheckCommand.Create(context),
        RulesCommands.Create(context),
        ConfigCommands.Create(context),
        QueueCommands.Create(context),
        RouteCommands.Create(context),
        QuarantineCommands.Create(context),
        BlockCommands.Create(context),
        DrainCommand.Create(context),
        CrashesCommands.Create(context),
        SpoolCommands.Create(context),
        StatusCommand.Create(context),
        UserCommands.Create(context),
        ReloadCommand.Create(context),
        CommandContext.ConfigOption,
    };

    /// <summary>Reads and carries out a command.</summary>
    /// <param name="context">What it prints to and works with.</param>
    /// <param name="words">The command and its options.</param>
    /// <returns>One of <see cref="ExitCode"/>.</returns>
    [CatchesAll("the outermost catch of a command: the fault becomes a sentence and an exit code")]
    public static async Task<int> RunAsync(CommandContext context, IReadOnlyList<string> words)
    {
        try
        {
            // '@example.org' is a domain here, not a file with more words.
            ParseResult parsed = Create(context).Parse(words, new ParserConfiguration { ResponseFileTokenReplacer = null });
            string[] errors = [.. parsed.Errors.Select(e => e.Message).Concat(UnknownOptions(parsed.CommandResult)).Concat(EmptyValues(parsed.CommandResult))];
            if (errors.Length > 0)
            {
                throw new CommandFailedException(ExitCode.Usage, string.Join('\n', errors.Append("Try 'gateway --help'.")));
            }

            foreach (string hint in FormerWords.Hints(parsed))
            {
                await context.Error.WriteLineAsync(hint);
            }

            int code = await parsed.InvokeAsync(new InvocationConfiguration
            {
                EnableDefaultExceptionHandler = false,
                Output = context.Output,
                Error = context.Error,
                // A relay ends when it has drained, or when its start has noticed; cut off behind 2 s it would end with 130 or 143 in the middle of it.
                ProcessTerminationTimeout = context.Signals is null ? MostAfterSignal : Timeout.InfiniteTimeSpan,
            });
            await context.Output.FlushAsync();
            return code;
        }
        catch (Exception e)
        {
            (int code, string message) = Failure(e);
            await SayAsync(context, message);
            return code;
        }
    }

    /// <summary>
    /// An option that does not exist is an argument for System.CommandLine where a command takes several: <c>release --dryrun ID</c> would release.
    /// A file whose name begins with a hyphen is named as <c>./-name</c>.
    /// </summary>
    private static IEnumerable<string> UnknownOptions(CommandResult command) =>
        from argument in command.Children.OfType<ArgumentResult>()
        from token in argument.Tokens
        where token.Value.Length > 1 && token.Value[0] == '-'
        select $"There is no option '{LogText.Escape(token.Value, 40)}'.{KeySuggestion.Sentence(token.Value, command.Command.Options.Select(o => o.Name))}";

    /// <summary>An empty value is what a script gives whose variable is not set: it must not become a filter for all, or a path.</summary>
    private static IEnumerable<string> EmptyValues(CommandResult command) =>
        from result in command.Children
        where result.Tokens.Any(t => t.Value.Length == 0)
        select result is OptionResult option ? $"'{option.Option.Name}' needs a value." : "An argument is empty.";

    private static (int Code, string Message) Failure(Exception e) => e switch
    {
        CommandFailedException failed => (failed.ExitCode, failed.Message),
        HttpRequestException or HttpIOException => (ExitCode.Unavailable, $"The gateway stopped answering: {e.Message}"),
        OperationCanceledException => (ExitCode.Unavailable, "The gateway did not answer in time, or the command was interrupted. What was ordered may still be carried out: look at its log."),
        FileNotFoundException { FileName: null } when !IsStartedSomewhere() => (ExitCode.CannotCreate, "The directory that the command was started in is gone."),
        _ when SystemFailure.IsOne(e) => (ExitCode.CannotCreate, SystemFailure.Of(e) + "."),
        _ => (ExitCode.Fault, $"A fault of ours: {e}"),
    };

    private static bool IsStartedSomewhere()
    {
        try
        {
            return Directory.Exists(Directory.GetCurrentDirectory());
        }
        catch (IOException)
        {
            return false;
        }
    }

    /// <summary>What was printed before a failure is results, and belongs in front of it.</summary>
    private static async Task SayAsync(CommandContext context, string message)
    {
        try
        {
            await context.Output.FlushAsync();
        }
        catch (CommandFailedException)
        {
            // The failure that is told comes first.
        }

        await context.Error.WriteLineAsync(message);
        await context.Error.FlushAsync();
    }
}
