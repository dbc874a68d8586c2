using System.CommandLine;
using System.CommandLine.Parsing;
using Gateway.LoadGen.Commands;

const int Usage = 64;
string commandLine = string.Join(' ', args);
RootCommand root = new(
    """
    gateway-loadgen: an SMTP source and sink that measure a relay between them and account for every message.
      Exit codes: 0 done, 1 a message was lost, duplicated or altered, 64 usage.
    """)
{
    RunCommands.Run(commandLine),
    RunCommands.Source(commandLine),
    RunCommands.Sink(),
};
ParseResult parsed = root.Parse(args);
if (parsed.Errors.Count > 0)
{
    foreach (ParseError error in parsed.Errors)
    {
        await Console.Error.WriteLineAsync(error.Message);
    }

    await Console.Error.WriteLineAsync("Try 'gateway-loadgen --help'.");
    return Usage;
}

try
{
    return await parsed.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
}
catch (FormatException e)
{
    await Console.Error.WriteLineAsync(e.Message);
    return Usage;
}
