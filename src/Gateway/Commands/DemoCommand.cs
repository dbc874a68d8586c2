using System.CommandLine;
using System.Globalization;
using Gateway.Configuration;
using Gateway.Demo;
using Gateway.Logging;

namespace Gateway.Commands;

/// <summary><c>gateway demo</c>: the whole product in a quarter of a minute, no configuration, no root.</summary>
internal static class DemoCommand
{
    private const int CleanMessages = 1000;
    private const int CleanConnections = 4;

    public static Command Create(CommandContext context)
    {
        Option<bool> keep = new("--keep-running") { Description = "Leave everything up and print the addresses, to try by hand" };
        Command command = new("demo", "Start a real gateway and a mail system behind it, the package SmtpServer, on free loopback ports, send good and malformed mail through, show what became of it.") { keep };
        command.SetAction((parsed, ct) => RunAsync(context, parsed.GetValue(keep), ct));
        return command;
    }

    [Excused("GW0005", "the log of a demonstration, in the directory for temporary files")]
    private static async Task<int> RunAsync(CommandContext context, bool keepRunning, CancellationToken ct)
    {
        string logPath = Path.Combine(Path.GetTempPath(), string.Create(CultureInfo.InvariantCulture, $"gateway-demo-{Environment.ProcessId}.log"));
        await using FileStream logFile = File.Create(logPath);
        using GatewayLoggerProvider log = LoggingSetup.Open(new LogOptions(), "demo", logFile);
        await using DemoRun demo = await DemoRun.StartAsync(log, ct);
        context.Output.WriteLine($"A gateway listens on {demo.Gateway.SmtpEndPoints[0]}, the mail system behind it on {demo.Downstream}, data in {demo.Directory}.");
        context.Output.WriteLine($"The mail system behind: {PackageCapture.Name}, a package that is not of this project.");
        context.Output.WriteLine();

        bool good = true;
        TextTable table = new(
            new TextColumn("#", ColumnAlignment.Right), new TextColumn("MESSAGE"), new TextColumn("VERDICT"), new TextColumn("WORST RULE @OFFSET"),
            new TextColumn("DOWNSTREAM GOT"), new TextColumn("LATENCY", ColumnAlignment.Right), new TextColumn("AS IT MUST"));
        for (int i = 0; i < DemoSamples.All.Count; i++)
        {
            DemoOutcome outcome = await demo.TryAsync(i + 1, DemoSamples.All[i], ct);
            good &= outcome.AsExpected;
            table.Add(
                (i + 1).ToString(CultureInfo.InvariantCulture), outcome.Sample.Name, outcome.Verdict, outcome.Worst, outcome.Downstream,
                Format.Milliseconds(outcome.Latency.TotalMilliseconds), outcome.AsExpected ? "yes" : "NO");
        }

        table.Write(context.Output);
        int delivered = await demo.SendCleanAsync(CleanMessages, CleanConnections, ct);
        good &= delivered == CleanMessages;
        context.Output.WriteLine();
        context.Output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{delivered} of {CleanMessages} clean messages of 4 KB over {CleanConnections} connections delivered; each on stable storage before its 250."));
        Summarise(context.Output, demo.Times);
        context.Output.WriteLine();
        context.Output.WriteLine(good ? "Every message ended where it must." : "A MESSAGE DID NOT END WHERE IT MUST.");
        context.Output.WriteLine($"The log of this run: {logPath}");
        if (keepRunning)
        {
            await StayAsync(context, demo, ct);
        }

        return good ? ExitCode.Ok : ExitCode.Found;
    }

    private static void Summarise(TextWriter output, StageTimes times)
    {
        (string Name, string Instrument)[] stages =
        [
            ("read (354 to end of data)", "gateway.stage.duration/read"),
            ("inspect (scan facts, MimeKit, rules)", "gateway.stage.duration/inspect"),
            ("commit (write and fsync, shared)", "gateway.stage.duration/commit"),
            ("accept (end of data to reply)", "gateway.accept.duration"),
            ("wait in queue", "gateway.delivery.duration/queue"),
            ("transmit to downstream", "gateway.delivery.duration/transmit"),
            ("end to end (end of data to downstream's 250)", "gateway.end_to_end.duration"),
        ];
        TextTable table = new(
            new TextColumn("STAGE"), new TextColumn("COUNT", ColumnAlignment.Right), new TextColumn("P50", ColumnAlignment.Right), new TextColumn("P99", ColumnAlignment.Right));
        foreach ((string name, string instrument) in stages)
        {
            (int count, double p50, double p99) = times.Of(instrument);
            table.Add(name, count.ToString(CultureInfo.InvariantCulture), Format.Milliseconds(p50), Format.Milliseconds(p99));
        }

        table.Write(output);
    }

    private static async Task StayAsync(CommandContext context, DemoRun demo, CancellationToken ct)
    {
        string data = $"--Gateway:DataDirectory={demo.Directory}";
        context.Output.WriteLine();
        context.Output.WriteLine("Still running; Ctrl-C ends it. Try:");
        context.Output.WriteLine($"  swaks --server {demo.Gateway.SmtpEndPoints[0].ToString().Replace(":", " --port ", StringComparison.Ordinal)} --from you@example.org --to someone@example.net");
        context.Output.WriteLine($"  gateway quarantine list {data}");
        context.Output.WriteLine($"  gateway status {data}");
        context.Output.WriteLine($"  curl http://{demo.Gateway.Management}/metrics");

        // Written to a file or a pipe, the output is buffered: who waits for the addresses must see them now.
        await context.Output.FlushAsync(ct);
        try
        {
            await demo.Gateway.WaitForShutdownAsync(ct);
        }
        catch (OperationCanceledException)
        {
            // Ctrl-C: that is how it ends.
        }
    }
}
