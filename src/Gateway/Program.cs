using Gateway.Commands;
using Gateway.Hosting;

// Before anything else: a SIGHUP while a relay loads must not end it. The other commands end by it, as a closed terminal wants.
ProcessSignals? signals = args.Contains("run") ? ProcessSignals.Listen() : null;

// Settings may stand anywhere on the command line; what is left is commands and options.
string[] settings = [.. args.Where(IsSetting)];
string[] words = [.. args.Where(a => !IsSetting(a))];
StreamWriter output = new(StandardStream.OpenOutput(), bufferSize: 64 * 1024) { AutoFlush = !Console.IsOutputRedirected };
StreamWriter error = new(StandardStream.OpenError()) { AutoFlush = true };

// Not disposed: CommandLine flushes both, and what could not be written is told there.
return await CommandLine.RunAsync(new CommandContext(output, error, settings, Environment.GetEnvironmentVariables()) { Signals = signals }, words);

static bool IsSetting(string argument) => argument.StartsWith("--Gateway:", StringComparison.OrdinalIgnoreCase);
