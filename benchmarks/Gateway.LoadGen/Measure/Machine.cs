using System.Diagnostics;
using System.Globalization;
using System.Runtime;
using System.Runtime.InteropServices;

namespace Gateway.LoadGen.Measure;

/// <summary>Where a run was made.</summary>
internal sealed record Machine
{
    public string Processor { get; init; } = string.Empty;

    public int Cores { get; init; }

    public double MemoryGiB { get; init; }

    public string System { get; init; } = string.Empty;

    public string Kernel { get; init; } = string.Empty;

    public string Runtime { get; init; } = string.Empty;

    public string Collector { get; init; } = string.Empty;

    /// <summary>File system and device of the target's data, when it was named.</summary>
    public string? Disk { get; init; }

    public string Commit { get; init; } = string.Empty;

    public string CommandLine { get; init; } = string.Empty;

    public DateTimeOffset Date { get; init; }

    public double LoadBefore { get; init; }

    public double LoadAfter { get; init; }

    /// <summary>Looks.</summary>
    /// <param name="dataPath">A path on the disk of the target's data; null when it was not named.</param>
    /// <param name="commandLine">Without the program.</param>
    /// <param name="now">The date.</param>
    public static Machine Look(string? dataPath, string commandLine, DateTimeOffset now) => new()
    {
        Processor = Field("/proc/cpuinfo", "model name") ?? RuntimeInformation.ProcessArchitecture.ToString(),
        Cores = Environment.ProcessorCount,
        MemoryGiB = Math.Round(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / (double)(1 << 30), 1),
        System = Field("/etc/os-release", "PRETTY_NAME")?.Trim('"') ?? RuntimeInformation.OSDescription,
        Kernel = Text("/proc/sys/kernel/osrelease").Trim(),
        Runtime = RuntimeInformation.FrameworkDescription,
        Collector = $"{(GCSettings.IsServerGC ? "server" : "workstation")}, {GCSettings.LatencyMode}",
        Disk = dataPath is null ? null : Mount(Path.GetFullPath(dataPath)),
        Commit = CommitNow(),
        CommandLine = commandLine,
        Date = now,
        LoadBefore = Load(),
    };

    /// <summary>The load average of the last minute.</summary>
    public static double Load()
        => double.TryParse(Text("/proc/loadavg").Split(' ')[0], NumberStyles.Float, CultureInfo.InvariantCulture, out double load) ? load : 0;

    /// <summary>Busy and all processor time of the machine since its start, in seconds.</summary>
    public static (double Busy, double All) Processors()
    {
        string[] fields = Text("/proc/stat").Split('\n')[0].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (fields.Length < 9)
        {
            return default;
        }

        double[] times = [.. fields[1..9].Select(f => double.Parse(f, CultureInfo.InvariantCulture) / 100)];
        return (times.Sum() - times[3] - times[4], times.Sum());
    }

    private static string? Mount(string path)
        => Text("/proc/mounts").Split('\n').Select(l => l.Split(' ')).Where(f => f.Length > 3 && (path + "/").StartsWith(f[1].TrimEnd('/') + "/", StringComparison.Ordinal))
            .MaxBy(f => f[1].Length) is string[] mount ? $"{mount[2]} on {mount[0]} ({mount[3]})" : null;

    private static string? Field(string path, string name)
        => Text(path).Split('\n').FirstOrDefault(l => l.StartsWith(name, StringComparison.Ordinal))?.Split([':', '='], 2).Last().Trim();

    private static string Text(string path) => File.Exists(path) ? File.ReadAllText(path) : string.Empty;

    private static string CommitNow()
    {
        string head = Git("rev-parse --short HEAD");
        return head.Length == 0 ? "unknown" : Git("status --porcelain -- src benchmarks/Gateway.LoadGen").Length == 0 ? head : head + " with changes";
    }

    private static string Git(string arguments)
    {
        try
        {
            using Process git = Process.Start(new ProcessStartInfo("git", arguments) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false })!;
            return git.StandardOutput.ReadToEnd().Trim();
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return string.Empty;
        }
    }
}
