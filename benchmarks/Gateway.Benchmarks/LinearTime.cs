using System.Diagnostics;
using System.Globalization;
using Gateway.Mime;
using Gateway.TestKit;
using MimeKit;

namespace Gateway.Benchmarks;

/// <summary>Time per octet of scanner and inspector over attack shapes, from 64 KiB doubling to 32 MiB: is any of them more than linear?</summary>
/// <remarks>
/// <c>--linear-time [--largest 32MB] [--shape NAME] [--save FILE]</c>. Each cell is the fastest of several runs, in nanoseconds an octet. A shape
/// passes when its time per octet never grows by half from one size to the next, unless that size takes less than <see cref="Nothing"/> all the same
/// (below the cap of a header MimeReader copies a field for each block it goes on), and when it stays below three times that of plain mail of
/// equal size, or a finding holds it, or MimeReader alone takes most of it: what no rule can change is named, not hidden.
/// </remarks>
internal static class LinearTime
{
    private const int Smallest = 64 * 1024;
    private const int WarmUp = 40;
    private const double MostOfPlain = 3;
    private const double MostOfDoubling = 1.5;

    private const double MostOfReader = 1.5;

    private static readonly TimeSpan Nothing = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan Enough = TimeSpan.FromMilliseconds(60);

    /// <summary>Measures and prints; writes the page when asked to.</summary>
    /// <returns>1 when a shape fails, else 0.</returns>
    public static int Run(string[] arguments)
    {
        PrintedPage page = new(arguments);
        int largest = Octets(page.After("--largest") ?? "32MB");
        string? only = page.After("--shape");
        AttackShape[] shapes = [.. AttackShapes.All.Where((s, i) => i == 0 || only is null || s.Name.Contains(only, StringComparison.Ordinal))];
        List<int> sizes = [];
        for (int size = Smallest; size <= largest; size *= 2)
        {
            sizes.Add(size);
        }

        page.Say($"# Linear time, {DateTime.Today:yyyy-MM-dd}\n");
        page.Say($"Made by `{page.Command}`; commit {ResultsPage.Commit()};");
        page.Say($"load average {ResultsPage.Load()}, {Environment.ProcessorCount} processors. Scanner and inspector, nanoseconds an octet, fastest of several runs.");
        page.Say("`worst step` is the largest factor from one size to its double where that takes 5 ms or more; `of plain` the largest factor over plain mail of");
        page.Say("equal size; `of reader` the factor over MimeReader alone on the largest, for those; `KB/MB` is what the largest one allocates. Capped: the reading ended");
        page.Say("early with the finding named. Reader's own: over three times plain mail, and most of it is MimeReader, which no rule can change.\n");
        page.Say($"| shape | {string.Join(" | ", sizes.Select(Name))} | worst step | of plain | of reader | KB/MB | verdict |");
        page.Say($"|---|{string.Concat(Enumerable.Repeat("---:|", sizes.Count + 4))}---|");
        double[] plain = [];
        int failed = 0;
        int own = 0;
        for (int round = 0; round < WarmUp; round++)
        {
            // Plain mail comes first, and must not be measured while the compiler still works on what it is compared by.
            Measure(shapes[0].Make(Smallest * 4));
        }

        foreach (AttackShape shape in shapes)
        {
            Cell[] cells = [.. sizes.Select(size => Measure(shape.Make(size)))];
            plain = plain.Length == 0 ? [.. cells.Select(c => c.NanosecondsAnOctet)] : plain;
            double step = cells.Skip(1).Zip(cells, (now, before) =>
                now.NanosecondsAnOctet * now.Octets < Nothing.TotalNanoseconds ? 1 : now.NanosecondsAnOctet / before.NanosecondsAnOctet).DefaultIfEmpty(1).Max();
            double ofPlain = cells.Zip(plain, (cell, p) => cell.NanosecondsAnOctet / p).Max();
            Cell last = cells[^1];
            bool slow = ofPlain > MostOfPlain && last.Report.Verdict < RuleAction.Quarantine;
            // Alone and without our caps MimeReader would take minutes for some of those that are held.
            double ofReader = slow ? last.NanosecondsAnOctet / Reader(shape.Make(sizes[^1])) : 0;
            bool bad = step > MostOfDoubling || (slow && ofReader > MostOfReader);
            failed += bad ? 1 : 0;
            own += slow && !bad ? 1 : 0;
            string verdict = $"{last.Report.Verdict.ToString().ToLowerInvariant()}{(last.Report.Complete ? string.Empty : ", capped")} {last.Report.Decisive?.RuleName}{(bad ? " **FAILS**" : slow ? " reader's own" : string.Empty)}";
            page.Say(string.Create(
                CultureInfo.InvariantCulture,
                $"| {shape.Name} | {string.Join(" | ", cells.Select(c => c.NanosecondsAnOctet.ToString("0.00", CultureInfo.InvariantCulture)))} | {step:0.00} | {ofPlain:0.0} | {(slow ? ofReader.ToString("0.0", CultureInfo.InvariantCulture) : string.Empty)} | {last.Allocated / 1024.0 / (last.Octets / 1048576.0):0} | {verdict} |"));
        }

        page.Say($"\n{shapes.Length} shapes, {failed} fail, {own} are slow by the reader's own doing.");
        page.Save();
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

    /// <summary>MimeReader alone, hardened options; infinitely slow where it throws.</summary>
    private static double Reader(byte[] message)
    {
        using MemoryStream stream = new(message, writable: false);
        TimeSpan fastest = TimeSpan.MaxValue;
        for (int run = 0; run < 3; run++)
        {
            stream.Position = 0;
            MimeReader reader = new(HardenedOptions.Parser, stream, MimeFormat.Entity);
            long start = Stopwatch.GetTimestamp();
            try
            {
                reader.ReadMessage();
            }
            catch (FormatException)
            {
                return double.PositiveInfinity;
            }

            TimeSpan elapsed = Stopwatch.GetElapsedTime(start);
            fastest = elapsed < fastest ? elapsed : fastest;
        }

        return fastest.TotalNanoseconds / message.Length;
    }

    private static string Name(int size) => size >= 1 << 20 ? $"{size >> 20}M" : $"{size >> 10}K";

    private static int Octets(string text) => int.Parse(text[..^2], CultureInfo.InvariantCulture) * (text.EndsWith("MB", StringComparison.OrdinalIgnoreCase) ? 1 << 20 : 1 << 10);

    private readonly record struct Cell(double NanosecondsAnOctet, long Allocated, int Octets, InspectionReport Report);
}
