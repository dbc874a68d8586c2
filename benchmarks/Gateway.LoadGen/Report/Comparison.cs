using System.Globalization;
using System.Text;

namespace Gateway.LoadGen.Report;

/// <summary>Several runs of several systems side by side: medians, spread, and the ratio to the first system.</summary>
internal static class Comparison
{
    private static readonly (string Name, string Format, bool MoreIsBetter, Func<RunReport, double?> Value)[] s_figures =
    [
        ("end to end, messages/s", "n0", true, r => r.DeliveredPerSecond),
        ("accepted, messages/s", "n0", true, r => r.AcceptedPerSecond),
        ("end to end, MB/s", "n1", true, r => r.MegabytesPerSecond),
        ("accept p50, ms", "n2", false, r => Latency(r, "accept")?.P50),
        ("accept p99, ms", "n2", false, r => Latency(r, "accept")?.P99),
        ("end to end p50, ms", "n2", false, r => Latency(r, "endToEnd")?.P50),
        ("end to end p99, ms", "n2", false, r => Latency(r, "endToEnd")?.P99),
        ("end to end p99.9, ms", "n2", false, r => Latency(r, "endToEnd")?.P999),
        ("CPU a message, ms", "n3", false, r => r.Target?.CpuMillisecondsPerMessage),
        ("peak memory, MB", "n0", false, r => r.Target?.PeakMegabytes),
        ("lost", "n0", false, r => r.Account.Lost),
        ("duplicated", "n0", false, r => r.Account.Duplicated),
        ("altered", "n0", false, r => r.Account.Altered),
    ];

    /// <summary>Writes a Markdown table. Runs with the same label are runs of the same system; the ratio says how many times better it is than the first.</summary>
    public static string Write(IReadOnlyList<RunReport> reports)
    {
        IGrouping<string, RunReport>[] systems = [.. reports.GroupBy(r => r.Label.Length > 0 ? r.Label : r.Workload, StringComparer.Ordinal)];
        StringBuilder table = new();
        table.Append("Medians, [lowest-highest]; in brackets how many times better than ").Append(systems[0].Key).Append(".\n\n| |");
        foreach (IGrouping<string, RunReport> system in systems)
        {
            table.Append(CultureInfo.InvariantCulture, $" {system.Key} ({system.Count()} runs) |");
        }

        table.Append("\n|---|").Insert(table.Length, "---:|", systems.Length).Append('\n');
        foreach ((string name, string format, bool moreIsBetter, Func<RunReport, double?> value) in s_figures)
        {
            double[][] columns = [.. systems.Select(s => s.Select(value).OfType<double>().Order().ToArray())];
            if (columns.All(c => c.Length == 0))
            {
                continue;
            }

            double first = Median(columns[0]);
            table.Append("| ").Append(name).Append(" |");
            for (int i = 0; i < columns.Length; i++)
            {
                table.Append(' ').Append(Cell(columns[i], format));
                double median = Median(columns[i]);
                double ratio = moreIsBetter ? median / first : first / median;
                if (i > 0 && double.IsFinite(ratio) && ratio > 0)
                {
                    table.Append(CultureInfo.InvariantCulture, $" ({ratio:0.##}x)");
                }

                table.Append(" |");
            }

            table.Append('\n');
        }

        return table.ToString();
    }

    /// <summary>The middle of sorted values; not a number when there are none.</summary>
    public static double Median(double[] sorted) => sorted.Length == 0 ? double.NaN
        : sorted.Length % 2 == 1 ? sorted[sorted.Length / 2] : (sorted[(sorted.Length / 2) - 1] + sorted[sorted.Length / 2]) / 2;

    private static string Cell(double[] sorted, string format)
    {
        string Show(double value) => value.ToString(format, CultureInfo.InvariantCulture);
        return sorted.Length switch
        {
            0 => "-",
            1 => Show(sorted[0]),
            _ => $"{Show(Median(sorted))} [{Show(sorted[0])}-{Show(sorted[^1])}]",
        };
    }

    private static LatencySummary? Latency(RunReport report, string kind)
        => report.Latencies.FirstOrDefault(l => l.Kind == kind && l.Class == "clean");
}
