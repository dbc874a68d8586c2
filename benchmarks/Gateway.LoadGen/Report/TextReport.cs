using System.Globalization;
using System.Text;
using Gateway.LoadGen.Account;
using Gateway.LoadGen.Measure;

namespace Gateway.LoadGen.Report;

/// <summary>A run for the terminal.</summary>
internal static class TextReport
{
    /// <summary>The line of one second.</summary>
    public static string Progress(Second second, LoadMeter meter, long outstanding, bool hasSink) => string.Create(
        CultureInfo.InvariantCulture,
        $"{second.At,6:0}s  sent {meter.Sent,10:n0}  accepted {second.Accepted,7:n0}/s{(hasSink ? string.Create(CultureInfo.InvariantCulture, $"  delivered {second.Delivered,7:n0}/s") : string.Empty)}  p99 {Milliseconds(hasSink ? second.EndToEndP99 : second.AcceptP99)}  in flight {meter.InFlight:n0}{(hasSink ? string.Create(CultureInfo.InvariantCulture, $", {outstanding:n0} in the target") : string.Empty)}{(second.ResidentMegabytes > 0 ? string.Create(CultureInfo.InvariantCulture, $"  target {second.CpuPercent:0}% CPU, {second.ResidentMegabytes:0} MB") : string.Empty)}");

    /// <summary>All of it.</summary>
    public static string Write(RunReport report, bool hasSink)
    {
        StringBuilder text = new();
        CultureInfo plain = CultureInfo.InvariantCulture;
        text.Append(plain, $"\n{Printable(report.Label.Length > 0 ? report.Label + ": " + report.Workload : report.Workload)}\n");
        text.Append(plain, $"  accepted   {report.AcceptedPerSecond,12:n1}/s\n");
        if (hasSink)
        {
            text.Append(plain, $"  end to end {report.DeliveredPerSecond,12:n1}/s   {report.MegabytesPerSecond:n1} MB/s, {report.Seconds:n2} s until the last arrival\n");
        }

        text.Append(plain, $"\n  latency, ms        {"count",10} {"mean",9} {"p50",9} {"p95",9} {"p99",9} {"p99.9",9} {"max",9}\n");
        foreach (LatencySummary l in report.Latencies)
        {
            text.Append(plain, $"  {l.Kind + " " + l.Class,-18} {l.Count,10:n0} {l.Mean,9:n2} {l.P50,9:n2} {l.P95,9:n2} {l.P99,9:n2} {l.P999,9:n2} {l.Max,9:n2}\n");
        }

        if (report.IsOpenLoop)
        {
            text.Append(plain, $"  accept and endToEnd count from the intended time, service from MAIL; never sent for want of a free session: {report.Unsent:n0}\n");
        }

        if (report.Target is TargetUse target)
        {
            text.Append(plain, $"\n  target: {target.CpuMillisecondsPerMessage:0.000} ms CPU a message, peak {target.PeakMegabytes:n0} MB resident ({target.Processes} processes; since their start {target.PeakSinceStartMegabytes:n0} MB)\n");
        }

        text.Append(plain, $"  this program: {report.OwnCpuMilliseconds:0.000} ms CPU a message; all processors {report.MachineBusy * 100:0}% busy; {report.Connections:n0} connections\n\n");
        AppendAccount(text, "clean", report.Account.Clean, hasSink, "lost");
        AppendAccount(text, "hostile", report.Account.Hostile, hasSink, "held back");
        if (report.Foreign > 0)
        {
            text.Append(plain, $"  at the sink, not of this run: {report.Foreign:n0}, of them bounces {report.Bounces:n0}\n");
        }

        foreach (RefusalSummary refusal in report.Refusals)
        {
            text.Append(plain, $"  {refusal.Count,10:n0} x {refusal.Reply}: {Printable(refusal.Example)}\n");
        }

        return AppendFaults(text, report.Account).ToString();
    }

    /// <summary>What a sink alone can say of a run.</summary>
    /// <param name="report">What it got.</param>
    /// <param name="numbers">One more than the highest number of a message.</param>
    public static string WriteSink(RunReport report, long numbers)
    {
        StringBuilder text = new();
        CultureInfo plain = CultureInfo.InvariantCulture;
        long arrived = report.Account.Clean.Delivered + report.Account.Hostile.Delivered;
        text.Append(plain, $"\n{report.Label}: {arrived:n0} messages ({report.Account.Hostile.Delivered:n0} hostile) of {numbers:n0} by the highest number: {numbers - arrived:n0} refused, held, lost or still to come\n");
        foreach (LatencySummary l in report.Latencies)
        {
            text.Append(plain, $"  {l.Kind} {l.Class}: p50 {l.P50:n2}, p95 {l.P95:n2}, p99 {l.P99:n2}, p99.9 {l.P999:n2}, max {l.Max:n2} ms (when the source is on this machine)\n");
        }

        return AppendFaults(text, report.Account).ToString();
    }

    /// <summary>Text of a peer, fit for a terminal.</summary>
    public static string Printable(string text) => string.Concat(text.Select(c => char.IsControl(c) ? '?' : c));

    private static StringBuilder AppendFaults(StringBuilder text, LoadAccount account)
    {
        foreach (string fault in account.Faults)
        {
            text.Append(CultureInfo.InvariantCulture, $"FAULT: {fault}\n");
        }

        foreach (string example in account.Faults.Count > 0 ? account.Examples : [])
        {
            text.Append(CultureInfo.InvariantCulture, $"  {Printable(example)}\n");
        }

        return text;
    }

    private static void AppendAccount(StringBuilder text, string name, ClassAccount account, bool hasSink, string missing)
    {
        if (account.Sent == 0)
        {
            return;
        }

        text.Append(CultureInfo.InvariantCulture, $"  {name}: sent {account.Sent:n0} = accepted {account.Accepted:n0} + refused {account.Refused:n0} + unanswered {account.Unanswered:n0}");
        if (hasSink)
        {
            text.Append(CultureInfo.InvariantCulture, $"; arrived {account.Delivered:n0}, {missing} {account.Missing:n0}, duplicated {account.Duplicated:n0}, altered {account.Altered:n0}");
        }

        text.Append('\n');
    }

    private static string Milliseconds(double value) => value < 0 ? "     -   " : string.Create(CultureInfo.InvariantCulture, $"{value,6:0.0} ms");
}
