using System.CommandLine;
using System.CommandLine.Parsing;
using Gateway.Commands;

// Settings may stand anywhere on the command line; what is left is commands and options.
string[] settings = [.. args.Where(IsSetting)];
string[] words = [.. args.Where(a => !IsSetting(a))];
await using StreamWriter output = new(Console.OpenStandardOutput(), bufferSize: 64 * 1024) { AutoFlush = !Console.IsOutputRedirected };
CommandContext context = new(output, Console.Error, settings, Environment.GetEnvironmentVariables());

RootCommand root = new(
    """
    Gateway: an SMTP relay that inspects every message and holds malformed mail before it can hurt the system behind it.
      Any configuration key can be given on the command line: --Gateway:HostName=mx.example.org
      Exit codes: 0 done, 1 found or not ready, 2 unreadable, 64 usage, 66 no such thing, 69 not running, or in use, 70 our fault, 77 not permitted, 78 configuration.
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
    CrashesCommands.Create(context),
    SpoolCommands.Create(context),
    StatusCommand.Create(context),
    UserCommands.Create(context),
    ReloadCommand.Create(context),
    CommandContext.ConfigOption,
};

ParseResult parsed = root.Parse(words);
if (parsed.Errors.Count > 0)
{
    foreach (ParseError error in parsed.Errors)
    {
        await Console.Error.WriteLineAsync(error.Message);
    }

    await Console.Error.WriteLineAsync("Try 'gateway --help'.");
    return ExitCode.Usage;
}

try
{
    return await parsed.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false, Output = output });
}
catch (CommandFailedException e)
{
    await output.FlushAsync();
    await Console.Error.WriteLineAsync(e.Message);
    return e.ExitCode;
}

static bool IsSetting(string argument) => argument.StartsWith("--Gateway:", StringComparison.OrdinalIgnoreCase);
