using System.Globalization;

namespace Gateway.LoadGen.Measure;

/// <summary>Processor time and memory of processes at one moment.</summary>
/// <param name="CpuSeconds">User and system time, exited children included where they were waited for.</param>
/// <param name="ResidentOctets">Resident memory, summed; pages that processes share count in each.</param>
/// <param name="PeakOctets">The largest resident memory of each process since its start, summed.</param>
/// <param name="Processes">How many.</param>
internal readonly record struct ProcessSample(double CpuSeconds, long ResidentOctets, long PeakOctets, int Processes);

/// <summary>Watches the system under test through /proc: named processes and all their descendants.</summary>
/// <remarks>Threads: one. Source: proc(5). Resolution of processor time: a hundredth of a second.</remarks>
/// <param name="pids">Roots.</param>
/// <param name="command">Also every process whose name is this; null for none.</param>
/// <param name="cgroup">Also every process of this control group, a directory below /sys/fs/cgroup; null for none.</param>
/// <param name="proc">Where proc(5) is mounted.</param>
internal sealed class ProcessSampler(IReadOnlyList<int> pids, string? command, string? cgroup, string proc = "/proc")
{
    private const double Ticks = 100;
    private static readonly long s_page = Environment.SystemPageSize;

    private readonly HashSet<int> _known = [];

    /// <summary>Whether there is anything to watch.</summary>
    public bool IsActive => pids.Count > 0 || command is not null || cgroup is not null;

    /// <summary>Looks now.</summary>
    public ProcessSample Take()
    {
        HashSet<int> seen = _known;
        seen.Clear();
        double cpu = 0;
        long resident = 0;
        long peak = 0;
        foreach (int root in Roots())
        {
            Add(root, seen, ref cpu, ref resident, ref peak);
        }

        return new ProcessSample(cpu, resident, peak, seen.Count);
    }

    /// <summary>Resident memory of the processes that the last <see cref="Take"/> found: cheap enough to be looked at often.</summary>
    public long Resident()
        => _known.Sum(pid => Read(Path.Combine(proc, pid.ToString(CultureInfo.InvariantCulture), "statm")) is string sizes ? long.Parse(sizes.Split(' ')[1], CultureInfo.InvariantCulture) * s_page : 0);

    private IEnumerable<int> Roots()
    {
        foreach (int pid in pids)
        {
            yield return pid;
        }

        if (cgroup is not null)
        {
            foreach (string line in Read(Path.Combine("/sys/fs/cgroup", cgroup.TrimStart('/'), "cgroup.procs"))?.Split('\n', StringSplitOptions.RemoveEmptyEntries) ?? [])
            {
                yield return int.Parse(line, CultureInfo.InvariantCulture);
            }
        }

        if (command is not null)
        {
            foreach (string directory in Directory.EnumerateDirectories(proc))
            {
                if (int.TryParse(Path.GetFileName(directory), NumberStyles.None, CultureInfo.InvariantCulture, out int pid)
                    && Read(Path.Combine(directory, "comm"))?.TrimEnd() == command)
                {
                    yield return pid;
                }
            }
        }
    }

    private void Add(int pid, HashSet<int> seen, ref double cpu, ref long resident, ref long peak)
    {
        string directory = Path.Combine(proc, pid.ToString(CultureInfo.InvariantCulture));
        if (!seen.Add(pid) || Read(Path.Combine(directory, "stat")) is not string stat)
        {
            return;
        }

        // The name in parentheses may hold anything.
        string[] fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        cpu += fields[11..15].Sum(f => long.Parse(f, CultureInfo.InvariantCulture)) / Ticks;
        resident += long.Parse(fields[21], CultureInfo.InvariantCulture) * s_page;
        if (Read(Path.Combine(directory, "status")) is string status && status.IndexOf("VmHWM:", StringComparison.Ordinal) is >= 0 and int at)
        {
            peak += long.Parse(status[(at + 6)..status.IndexOf("kB", at, StringComparison.Ordinal)], CultureInfo.InvariantCulture) * 1024;
        }

        foreach (int child in Children(directory))
        {
            Add(child, seen, ref cpu, ref resident, ref peak);
        }
    }

    private static List<int> Children(string directory)
    {
        List<int> children = [];
        try
        {
            foreach (string task in Directory.EnumerateDirectories(Path.Combine(directory, "task")))
            {
                foreach (string child in Read(Path.Combine(task, "children"))?.Split(' ', StringSplitOptions.RemoveEmptyEntries) ?? [])
                {
                    children.Add(int.Parse(child, CultureInfo.InvariantCulture));
                }
            }
        }
        catch (IOException)
        {
            // It ended while we looked.
        }

        return children;
    }

    private static string? Read(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
