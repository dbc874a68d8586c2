using System.Globalization;
using System.Text;
using Gateway.LoadGen.Account;
using Gateway.LoadGen.Measure;

namespace Gateway.LoadGen.Report;

/// <summary>A run as one page: nothing is loaded, nothing runs, and what came off the wire is text.</summary>
internal static class HtmlReport
{
    private static readonly (double At, string Label)[] s_percentiles =
        [(1, "0"), (2, "50"), (10, "90"), (100, "99"), (1000, "99.9"), (10_000, "99.99"), (100_000, "99.999")];

    /// <summary>Writes the page.</summary>
    public static string Write(RunReport report)
    {
        StringBuilder page = new();
        string title = SvgChart.Escape(report.Label.Length > 0 ? report.Label : "Load run");
        page.Append(CultureInfo.InvariantCulture, $$"""
            <!DOCTYPE html>
            <html lang="en"><head><meta charset="utf-8"><title>{{title}}</title>
            <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
            <style>body{font-family:sans-serif;max-width:60em;margin:2em auto;padding:0 1em;color:#222}table{border-collapse:collapse;margin:1em 0}
            td,th{border:1px solid #ccc;padding:.25em .6em;text-align:right}td:first-child,th:first-child{text-align:left}svg{width:100%;height:auto;margin:.5em 0}
            .fault{color:#b00;font-weight:bold}.good{color:#060}code{overflow-wrap:anywhere}</style></head><body>
            <h1>{{title}}</h1>
            <p>{{SvgChart.Escape(report.Workload)}}</p>
            """);
        Verdict(page, report.Account);
        Figures(page, report);
        Latencies(page, report);
        Accounts(page, report);
        page.Append("<h2>Latency</h2>\n");
        page.Append(new SvgChart
        {
            Title = "Latency by percentile",
            XTitle = "percentile",
            YTitle = "ms",
            LogX = true,
            LogY = true,
            XTicks = s_percentiles,
            Series = [.. report.Latencies.Select(l => new SvgSeries($"{l.Kind} {l.Class}", [.. l.Curve.Where(p => p[0] < 100).Select(p => (100 / (100 - p[0]), p[1]))]))],
        }.Write());
        page.Append(new SvgChart
        {
            Title = "Share of messages done within a time",
            XTitle = "ms",
            YTitle = "%",
            LogX = true,
            Series = [.. report.Latencies.Select(l => new SvgSeries($"{l.Kind} {l.Class}", [.. l.Curve.Select(p => (p[1], p[0]))]))],
        }.Write());
        Time(page, "Messages a second", "messages/s", report, logarithmic: false, ("sent", s => s.Sent), ("accepted", s => s.Accepted), ("delivered", s => s.Delivered));
        Time(page, "Latency of clean mail, second by second", "ms", report, logarithmic: true, ("accept p50", s => s.AcceptP50), ("accept p99", s => s.AcceptP99), ("end to end p50", s => s.EndToEndP50), ("end to end p99", s => s.EndToEndP99));
        Time(page, "In flight between source and target", "messages", report, logarithmic: false, ("in flight", s => s.InFlight));
        if (report.Target is not null)
        {
            Time(page, "Processor time of the target", "% of one processor", report, logarithmic: false, ("CPU", s => s.CpuPercent));
            Time(page, "Memory of the target", "MB resident", report, logarithmic: false, ("resident", s => s.ResidentMegabytes));
        }

        Environment(page, report.Machine);
        return page.Append("</body></html>\n").ToString();
    }

    private static void Verdict(StringBuilder page, LoadAccount account)
    {
        if (account.Faults.Count == 0)
        {
            page.Append("<p class=\"good\">Every message is accounted for: none lost, duplicated or altered.</p>\n");
            return;
        }

        foreach (string fault in account.Faults.Concat(account.Examples))
        {
            page.Append(CultureInfo.InvariantCulture, $"<p class=\"fault\">{SvgChart.Escape(fault)}</p>\n");
        }
    }

    private static void Figures(StringBuilder page, RunReport report)
    {
        List<(string, string)> rows =
        [
            ("accepted", Invariant($"{report.AcceptedPerSecond:n1}/s")),
            ("end to end", Invariant($"{report.DeliveredPerSecond:n1}/s, {report.MegabytesPerSecond:n1} MB/s")),
            ("until the last arrival", Invariant($"{report.Seconds:n2} s")),
            ("this program", Invariant($"{report.OwnCpuMilliseconds:0.000} ms CPU a message; all processors {report.MachineBusy * 100:0}% busy")),
        ];
        if (report.IsOpenLoop)
        {
            rows.Add(("due and never sent", Invariant($"{report.Unsent:n0}")));
        }

        if (report.Target is TargetUse target)
        {
            rows.Add(("target, CPU a message", Invariant($"{target.CpuMillisecondsPerMessage:0.000} ms")));
            rows.Add(("target, peak memory", Invariant($"{target.PeakMegabytes:n0} MB in {target.Processes} processes")));
        }

        Table(page, [], rows.Select(r => (string[])[r.Item1, r.Item2]));
    }

    private static void Latencies(StringBuilder page, RunReport report) => Table(
        page,
        ["ms", "count", "mean", "p50", "p95", "p99", "p99.9", "max"],
        report.Latencies.Select(l => (string[])[$"{l.Kind} {l.Class}", Invariant($"{l.Count:n0}"), .. new[] { l.Mean, l.P50, l.P95, l.P99, l.P999, l.Max }.Select(v => Invariant($"{v:n2}"))]));

    private static void Accounts(StringBuilder page, RunReport report)
    {
        page.Append("<h2>Account</h2>\n");
        Table(
            page,
            ["class", "sent", "accepted", "refused", "unanswered", "arrived", "missing", "duplicated", "altered"],
            new[] { ("clean", report.Account.Clean), ("hostile", report.Account.Hostile) }.Where(c => c.Item2.Sent > 0).Select(c => (string[])
                [c.Item1, .. new[] { c.Item2.Sent, c.Item2.Accepted, c.Item2.Refused, c.Item2.Unanswered, c.Item2.Delivered, c.Item2.Missing, c.Item2.Duplicated, c.Item2.Altered }.Select(v => Invariant($"{v:n0}"))]));
        Table(page, ["reply", "count", "example"], report.Refusals.Select(r => (string[])[r.Reply, Invariant($"{r.Count:n0}"), r.Example]));
    }

    private static void Environment(StringBuilder page, Machine machine)
    {
        page.Append("<h2>Environment</h2>\n");
        Table(page, [], new[]
        {
            ("processor", Invariant($"{machine.Cores} x {machine.Processor}, {machine.MemoryGiB} GiB")), ("system", $"{machine.System}, Linux {machine.Kernel}"), ("runtime of this program", $"{machine.Runtime}, collector {machine.Collector}"),
            ("disk of the target", machine.Disk ?? "not named"), ("load average", Invariant($"{machine.LoadBefore:0.0} before, {machine.LoadAfter:0.0} after")), ("commit", machine.Commit),
            ("date", machine.Date.ToString("yyyy-MM-dd HH:mm:ss zzz", CultureInfo.InvariantCulture)), ("command", $"gateway-loadgen {machine.CommandLine}"),
        }.Select(r => (string[])[r.Item1, r.Item2]));
    }

    private static void Time(StringBuilder page, string title, string unit, RunReport report, bool logarithmic, params ReadOnlySpan<(string Name, Func<Second, double> Value)> lines)
    {
        List<SvgSeries> series = [];
        foreach ((string name, Func<Second, double> value) in lines)
        {
            series.Add(new SvgSeries(name, [.. report.Timeline.Select(s => (s.At, value(s))).Where(p => p.Item2 >= 0)]));
        }

        page.Append(new SvgChart { Title = title, XTitle = "seconds", YTitle = unit, LogY = logarithmic, Series = series }.Write());
    }

    private static void Table(StringBuilder page, IReadOnlyList<string> head, IEnumerable<string[]> rows)
    {
        string[][] all = [.. rows];
        if (all.Length > 0)
        {
            string Row(IEnumerable<string> cells, string tag) => "<tr>" + string.Concat(cells.Select(c => $"<{tag}>{SvgChart.Escape(c)}</{tag}>")) + "</tr>\n";
            page.Append("<table>\n").Append(head.Count > 0 ? Row(head, "th") : string.Empty).AppendJoin(string.Empty, all.Select(r => Row(r, "td"))).Append("</table>\n");
        }
    }

    private static string Invariant(FormattableString text) => FormattableString.Invariant(text);
}
