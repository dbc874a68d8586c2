using Gateway.Fuzz.Messages;
using Gateway.Fuzz.Protocol;
using Gateway.Fuzz.Smuggling;

namespace Gateway.Fuzz;

/// <summary>The fuzz of the receiving side: a program for hours, and a function for the tests.</summary>
internal static class Program
{
    private const string Usage = """
        usage: Gateway.Fuzz protocol|messages|smuggling [--seconds N | --cases N] [--seed N] [--parallel N] [--finds FOLDER] [--replay FILE|FOLDER]
          protocol  a whole gateway in this process, attacked over real sockets by made and mutated conversations
          messages  the inspector, given mutated samples of all rules
          smuggling every false end of data with a second message behind it, cut at every octet, or with --cases at so many places
        Exit code 0: every property held; 1: there are finds; 2: usage.
        """;

    public static async Task<int> Main(string[] args)
    {
        using CancellationTokenSource stop = new();
        Console.CancelKeyPress += (_, e) =>
        {
            e.Cancel = true;
            stop.Cancel();
        };
        return await RunAsync(args, TextWriter.Synchronized(Console.Out), stop.Token);
    }

    /// <summary>Runs the fuzz as the command line asks.</summary>
    public static async Task<int> RunAsync(IReadOnlyList<string> arguments, TextWriter output, CancellationToken ct)
    {
        if (Options.Parse(arguments) is not Options options)
        {
            await output.WriteLineAsync(Usage);
            return 2;
        }

        using ProtocolFuzz protocol = new(options, output);
        int finds = options.Target switch
        {
            "protocol" => await protocol.RunAsync(ct),
            "smuggling" => await new SmugglingMatrix(options, output).RunAsync(ct),
            _ => await new MessageFuzz(options, output).RunAsync(ct),
        };
        return finds == 0 ? 0 : 1;
    }
}
