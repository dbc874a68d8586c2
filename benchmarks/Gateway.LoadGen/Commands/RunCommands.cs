using System.CommandLine;
using System.Diagnostics;
using Gateway.LoadGen.Account;
using Gateway.LoadGen.Measure;
using Gateway.LoadGen.Report;
using Gateway.LoadGen.Sink;

namespace Gateway.LoadGen.Commands;

/// <summary><c>run</c>, <c>source</c> and <c>sink</c>.</summary>
internal static class RunCommands
{
    private const int Interrupted = 130;

    private static readonly TimeSpan s_second = TimeSpan.FromSeconds(1);

    /// <summary>Source and sink in one process.</summary>
    public static Command Run(string commandLine)
    {
        LoadOptions options = new();
        Command command = new("run", "Send mail through a relay and take it behind it: rates, latencies, and an account of every message.");
        options.AddTo(command, source: true, sink: true);
        command.SetAction((parsed, ct) => ExecuteAsync(parsed, options, hasSink: true, commandLine, ct));
        return command;
    }

    /// <summary>The source alone.</summary>
    public static Command Source(string commandLine)
    {
        LoadOptions options = new();
        Command command = new("source", "Send mail; what becomes of it behind the target is not seen.");
        options.AddTo(command, source: true, sink: false);
        command.SetAction((parsed, ct) => ExecuteAsync(parsed, options, hasSink: false, commandLine, ct));
        return command;
    }

    /// <summary>The sink alone.</summary>
    public static Command Sink()
    {
        LoadOptions options = new();
        Command command = new("sink", "Take mail until the time is over, the messages are there, or Ctrl+C; tells duplicates and altered messages by their first line.");
        options.AddTo(command, source: false, sink: true);
        command.SetAction((parsed, ct) => TakeAsync(parsed, options, ct));
        return command;
    }

    private static async Task<int> ExecuteAsync(ParseResult parsed, LoadOptions options, bool hasSink, string commandLine, CancellationToken ct)
    {
        LoadPlan plan = options.Plan(parsed, hasSink, commandLine);
        TextWriter progress = parsed.GetValue(options.Quiet) ? TextWriter.Null : Console.Error;
        RunReport report;
        using (LoadRun run = new(plan, progress, TimeProvider.System))
        {
            report = await run.ExecuteAsync(ct);
        }

        if (parsed.GetValue(options.Json) is string json)
        {
            report.Write(json);
        }

        if (parsed.GetValue(options.Html) is string html)
        {
            await File.WriteAllTextAsync(html, HtmlReport.Write(report), CancellationToken.None);
        }

        await Console.Out.WriteAsync(TextReport.Write(report, hasSink));
        if (plan.ForbidsHostile && report.Account.Hostile.Delivered > 0)
        {
            await Console.Out.WriteLineAsync(FormattableString.Invariant($"FAULT: {report.Account.Hostile.Delivered} hostile messages arrived at the sink"));
            return 1;
        }

        return ct.IsCancellationRequested ? Interrupted : report.Account.Faults.Count > 0 ? 1 : 0;
    }

    private static async Task<int> TakeAsync(ParseResult parsed, LoadOptions options, CancellationToken ct)
    {
        (SinkPlan plan, TimeSpan? duration, long? messages, int recipients, int loops) = options.SinkPlan(parsed);
        SinkBook book = new(run => (new Ledger(run, recipients, knowsSource: false, plan.ComparesBody), new LoadMeter()));
        using SmtpSink sink = new(plan, book, loops);
        await Console.Error.WriteLineAsync($"listening on {sink.EndPoint}");
        long start = Stopwatch.GetTimestamp();
        long last = 0;
        long shown = start;
        long Delivered() => book.Runs.Sum(r => r.Meter.Delivered);
        try
        {
            while ((duration is null || Stopwatch.GetElapsedTime(start) < duration) && (messages is null || Delivered() < messages))
            {
                await Task.Delay(TimeSpan.FromMilliseconds(50), ct);
                long now = Stopwatch.GetTimestamp();
                if (now - shown >= s_second.TotalNanoseconds && !parsed.GetValue(options.Quiet))
                {
                    long delivered = Delivered();
                    await Console.Error.WriteLineAsync(FormattableString.Invariant($"{delivered,12:n0} messages {(delivered - last) * 1e9 / (now - shown),9:n0}/s  foreign {book.Strangers.Foreign:n0}"));
                    (last, shown) = (delivered, now);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // Ctrl+C: the account is shown all the same.
        }

        int faults = 0;
        foreach ((Ledger ledger, LoadMeter meter) in book.Runs)
        {
            LoadAccount account = ledger.Close(hasSink: true);
            faults += account.Faults.Count;
            RunReport report = new()
            {
                Label = FormattableString.Invariant($"run {ledger.Run:x8}"),
                Workload = "sink alone",
                Account = account,
                DeliveredPerSecond = Math.Round(meter.Delivered * 1e9 / Math.Max(1, meter.LastDelivered - start), 1),
                Latencies = [.. new[] { LatencySummary.Of("endToEnd", "clean", meter.EndToEnd[0]), LatencySummary.Of("endToEnd", "hostile", meter.EndToEnd[1]) }.OfType<LatencySummary>()],
                Machine = Machine.Look(null, string.Empty, TimeProvider.System.GetLocalNow()),
            };
            await Console.Out.WriteAsync(TextReport.WriteSink(report, ledger.Numbers));
            if (parsed.GetValue(options.Json) is string json)
            {
                report.Write(json);
            }
        }

        if (book.Strangers.Foreign > 0)
        {
            await Console.Out.WriteLineAsync(FormattableString.Invariant($"not of this program: {book.Strangers.Foreign:n0} messages, of them bounces {book.Strangers.Bounces:n0}"));
        }

        return faults > 0 ? 1 : 0;
    }
}
