using System.Diagnostics;
using System.Globalization;
using System.Text;
using Gateway.Mime;
using Gateway.TestKit;

namespace Gateway.Benchmarks;

/// <summary>Time per octet of scanner and inspector over attack shapes, from 64 KiB doubling to 32 MiB: is any of them more than linear?</summary>
/// <remarks>
/// <c>--linear-time [--largest 32MB] [--shape NAME] [--save FILE]</c>. Each cell is the fastest of several runs, in nanoseconds an octet. A shape
/// passes when its time per octet never doubles from one size to the next, and stays below three times that of plain mail of
/// equal size, or when a finding capped it.
/// </remarks>
internal static class LinearTime
{
    private const int Smallest = 64 * 1024;
    private const double MostOfPlain = 3;
    private const double MostOfDoubling = 1.5;

    private static readonly TimeSpan Enough = TimeSpan.FromMilliseconds(60);

    /// <summary>Measures and prints; writes the page when asked to.</summary>
    /// <returns>1 when a shape fails, else 0.</returns>
    public static int Run(string[] arguments)
    {
        int largest = Octets(After(arguments, "--largest") ?? "32MB");
        string? only = After(arguments, "--shape");
        AttackShape[] shapes = [.. AttackShapes.All.Where((s, i) => i == 0 || only is null || s.Name.Contains(only, StringComparison.Ordinal))];
        List<int> sizes = [];
        for (int size = Smallest; size <= largest; size *= 2)
        {
            sizes.Add(size);
        }

        StringBuilder page = new();
        Say(page, $"# Linear time, {DateTime.Today:yyyy-MM-dd}\n");
        Say(page, $"Made by `dotnet run -c Release --project benchmarks/Gateway.Benchmarks -- {string.Join(' ', arguments)}`; commit {ResultsPage.Commit()};");
        Say(page, $"load average {ResultsPage.Load()}, {Environment.ProcessorCount} processors. Scanner and inspector, nanoseconds an octet, fastest of several runs.");
        Say(page, "`worst step` is the largest factor from one size to its double; `of plain` the largest factor over plain mail of equal size;");
        Say(page, "`KB/MB` is what the largest one allocates. Capped: the reading ended early with the finding named.\n");
        Say(page, $"| shape | {string.Join(" | ", sizes.Select(Name))} | worst step | of plain | KB/MB | verdict |");
        Say(page, $"|---|{string.Concat(Enumerable.Repeat("---:|", sizes.Count + 3))}---|");
        double[] plain = [];
        int failed = 0;
        Measure(shapes[0].Make(Smallest * 4));
        foreach (AttackShape shape in shapes)
        {
            Cell[] cells = [.. sizes.Select(size => Measure(shape.Make(size)))];
            plain = plain.Length == 0 ? [.. cells.Select(c => c.NanosecondsAnOctet)] : plain;
            double step = cells.Skip(1).Zip(cells, (now, before) => now.NanosecondsAnOctet / before.NanosecondsAnOctet).DefaultIfEmpty(1).Max();
            double ofPlain = cells.Zip(plain, (cell, p) => cell.NanosecondsAnOctet / p).Max();
            Cell last = cells[^1];
            bool bad = step > MostOfDoubling || (ofPlain > MostOfPlain && last.Report.Verdict < RuleAction.Quarantine);
            failed += bad ? 1 : 0;
            string verdict = $"{last.Report.Verdict.ToString().ToLowerInvariant()}{(last.Report.Complete ? string.Empty : ", capped")} {last.Report.Decisive?.RuleName}{(bad ? " **FAILS**" : string.Empty)}";
            Say(page, string.Create(
                CultureInfo.InvariantCulture,
                $"| {shape.Name} | {string.Join(" | ", cells.Select(c => c.NanosecondsAnOctet.ToString("0.00", CultureInfo.InvariantCulture)))} | {step:0.00} | {ofPlain:0.0} | {last.Allocated / 1024.0 / (last.Octets / 1048576.0):0} | {verdict} |"));
        }

        Say(page, $"\n{shapes.Length} shapes, {failed} fail.");
        if (After(arguments, "--save") is string file)
        {
            File.WriteAllText(file, page.ToString());
        }

        return failed == 0 ? 0 : 1;
    }

    private static Cell Measure(byte[] message)
    {
        MimeInspector inspector = new();
        using MessageBytes content = MessageBytes.FromMemory(message);
        InspectionReport report = inspector.Inspect(content, default);
        long allocated = GC.GetAllocatedBytesForCurrentThread();
        inspector.Inspect(content, default);
        allocated = GC.GetAllocatedBytesForCurrentThread() - allocated;
        TimeSpan fastest = TimeSpan.MaxValue;
        long begun = Stopwatch.GetTimestamp();
        for (int run = 0; run < 3 || (run < 200 && Stopwatch.GetElapsedTime(begun) < Enough); run++)
        {
            long start = Stopwatch.GetTimestamp();
            inspector.Inspect(content, default);
            TimeSpan elapsed = Stopwatch.GetElapsedTime(start);
            fastest = elapsed < fastest ? elapsed : fastest;
        }

        return new Cell(fastest.TotalNanoseconds / message.Length, allocated, message.Length, report);
    }

    private static void Say(StringBuilder page, string line)
    {
        Console.WriteLine(line);
        page.Append(line).Append('\n');
    }

    private static string? After(string[] arguments, string name) => arguments.SkipWhile(a => a != name).Skip(1).FirstOrDefault();

    private static string Name(int size) => size >= 1 << 20 ? $"{size >> 20}M" : $"{size >> 10}K";

    private static int Octets(string text) => int.Parse(text[..^2], CultureInfo.InvariantCulture) * (text.EndsWith("MB", StringComparison.OrdinalIgnoreCase) ? 1 << 20 : 1 << 10);

    private readonly record struct Cell(double NanosecondsAnOctet, long Allocated, int Octets, InspectionReport Report);
}
