using System.CommandLine;
using System.CommandLine.Parsing;
using System.ComponentModel;
using Gateway.LoadGen.Commands;

const int Usage = 64;
const int InUse = 69;
string commandLine = string.Join(' ', args);
RootCommand root = new(
    """
    gateway-loadgen: an SMTP source and sink that measure a relay between them and account for every message.
      Exit codes: 0 done, 1 a message was lost, duplicated or altered, 64 usage, 69 a port, a host or a file cannot be used, 130 interrupted.
    """)
{
    RunCommands.Run(commandLine),
    RunCommands.Source(commandLine),
    RunCommands.Sink(),
    ReportCommands.Compare(),
    ReportCommands.Page(),
    ReportCommands.Plot(),
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
    return await parsed.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = TimeSpan.FromSeconds(30) });
}
catch (FormatException e)
{
    await Console.Error.WriteLineAsync(e.Message);
    return Usage;
}
catch (Exception e) when (e is Win32Exception or IOException or UnauthorizedAccessException or OverflowException)
{
    await Console.Error.WriteLineAsync(e.Message);
    return InUse;
}
