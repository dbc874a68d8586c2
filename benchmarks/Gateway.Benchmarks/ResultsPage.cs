using System.Diagnostics;
using System.Globalization;
using BenchmarkDotNet.Exporters;
using BenchmarkDotNet.Loggers;
using BenchmarkDotNet.Reports;

namespace Gateway.Benchmarks;

/// <summary>The committed form of a run: where, when and from which commit, then BenchmarkDotNet's own tables.</summary>
internal sealed class ResultsPage(bool quick, string[] arguments)
{
    private readonly string _loadBefore = Load();

    /// <summary>Writes the page.</summary>
    public void Write(string path, IEnumerable<Summary> summaries)
    {
        AccumulationLogger page = new();
        string date = DateTime.Today.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
        page.WriteLine($"# Benchmarks, {date}");
        page.WriteLine();
        page.WriteLine($"Made by `dotnet run -c Release --project benchmarks/Gateway.Benchmarks -- {string.Join(' ', arguments)}`.");
        page.WriteLine();
        page.WriteLine($"- commit {Commit()}");
        page.WriteLine($"- job: {(quick ? "short, in one process (`--quick`): read medians and ratios, not single nanoseconds" : "BenchmarkDotNet's default")}");
        page.WriteLine($"- load average before {_loadBefore}, after {Load()}; {Environment.ProcessorCount} processors");
        foreach (Summary summary in summaries.OrderBy(s => s.Title, StringComparer.Ordinal))
        {
            page.WriteLine();
            page.WriteLine($"## {summary.BenchmarksCases.FirstOrDefault()?.Descriptor.Type.Name ?? summary.Title}");
            page.WriteLine();
            MarkdownExporter.GitHub.ExportToLog(summary, page);
        }

        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path)) ?? ".");
        File.WriteAllText(path, page.GetLog());
    }

    public static string Load() => File.Exists("/proc/loadavg") ? File.ReadAllText("/proc/loadavg").Split(' ')[0] : "unknown";

    public static string Commit()
    {
        string head = Git("rev-parse --short HEAD");
        return Git("status --porcelain -- src benchmarks/Gateway.Benchmarks").Length == 0 ? head : head + " with changes";
    }

    private static string Git(string arguments)
    {
        using Process? git = Process.Start(new ProcessStartInfo("git", arguments) { RedirectStandardOutput = true, UseShellExecute = false });
        return git?.StandardOutput.ReadToEnd().Trim() ?? "unknown";
    }
}
