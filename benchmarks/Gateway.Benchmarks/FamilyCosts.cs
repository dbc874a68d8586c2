using System.Diagnostics;
using System.Globalization;
using Gateway.Mime;
using Gateway.Mime.Rules;
using MimeKit;

namespace Gateway.Benchmarks;

/// <summary>What each family of rules costs on a folder of mail, beside MimeKit's reader and the inspector as a whole.</summary>
/// <remarks>
/// <c>--families [--rounds 200] [--save FILE]</c>; the folder is that of <see cref="SampleFolder.Variable"/>. A family costs less than two runs of one
/// inspector differ, so all of them take turns in one process, and each is compared with the inspector without rules that ran right before it; medians.
/// </remarks>
internal static class FamilyCosts
{
    /// <summary>Measures and prints; writes the page when asked to.</summary>
    public static int Run(string[] arguments)
    {
        PrintedPage page = new(arguments);
        SampleFolder samples = SampleFolder.Load();
        int rounds = int.Parse(page.After("--rounds") ?? "200", CultureInfo.InvariantCulture);
        string[] names = [.. RuleFamilies.Create().Select(family => family.GetType().Name)];
        MimeInspector none = Inspector(_ => false);
        MimeInspector all = Inspector(_ => true);
        MimeInspector[] alone = [.. names.Select(name => Inspector(family => family.GetType().Name == name))];
        MemoryStream[] streams = [.. samples.Messages.Select(m => new MemoryStream(m, writable: false))];
        MimeReader reader = new(HardenedOptions.Parser, streams[0], MimeFormat.Entity);

        List<double> bare = [], without = [], whole = [];
        List<double>[] costs = [.. names.Select(_ => new List<double>())];
        int warm = rounds / 3;
        for (int round = -warm; round < rounds; round++)
        {
            double read = Time(() => Read(reader, streams));
            double empty = Time(() => samples.Inspect(none));
            double full = Time(() => samples.Inspect(all));
            for (int i = 0; i < alone.Length; i++)
            {
                // Right before it, so that both meet the same machine.
                double before = Time(() => samples.Inspect(none));
                double one = Time(() => samples.Inspect(alone[i])) - before;
                if (round >= 0)
                {
                    costs[i].Add(one);
                }
            }

            if (round >= 0)
            {
                bare.Add(read);
                without.Add(empty);
                whole.Add(full);
            }
        }

        double count = samples.Messages.Count;
        double rules = Median(whole.Zip(without, (a, b) => a - b));
        page.Say($"# Cost of the rule families, {DateTime.Today:yyyy-MM-dd}\n");
        page.Say($"Made by `{page.Command}`; commit {ResultsPage.Commit()};");
        page.Say($"load average {ResultsPage.Load()}, {Environment.ProcessorCount} processors; {samples.Name}, {count} messages, {samples.Messages.Sum(m => (long)m.Length)} octets; {rounds} rounds in one");
        page.Say("process, each thing once a round; medians. A family's cost is that of the inspector with this family alone less that of the inspector without rules.\n");
        page.Say("| | us a message | of MimeReader | allocated a message |");
        page.Say("|---|---:|---:|---:|");
        Row(page, "MimeReader alone", Median(bare), Median(bare), count, Allocated(() => Read(reader, streams)));
        Row(page, "inspector without rules: the strict reading of the structure beside it", Median(without), Median(bare), count, Allocated(() => samples.Inspect(none)));
        Row(page, "inspector with all rules", Median(whole), Median(bare), count, Allocated(() => samples.Inspect(all)));
        page.Say("\n| family | ns a message | of all rules |");
        page.Say("|---|---:|---:|");
        double sum = 0;
        foreach ((string name, double cost) in names.Zip(costs.Select(c => Median(c))).OrderByDescending(row => row.Second))
        {
            sum += cost;
            page.Say(string.Create(CultureInfo.InvariantCulture, $"| {name} | {cost / count * 1e6:0} | {cost / rules:0.0 %} |"));
        }

        page.Say(string.Create(
            CultureInfo.InvariantCulture, $"| **{names.Length} families, one by one** | {sum / count * 1e6:0} | {sum / rules:0.0 %} |\n| **all rules at once** | {rules / count * 1e6:0} | 100 % |"));
        page.Save();
        return 0;
    }

    private static MimeInspector Inspector(Func<RuleFamily, bool> which) =>
        new(TimeProvider.System, InspectionLimits.Default, [.. RuleFamilies.Create().Where(which)]);

    private static int Read(MimeReader reader, MemoryStream[] streams)
    {
        foreach (MemoryStream stream in streams)
        {
            stream.Position = 0;
            reader.SetStream(stream, MimeFormat.Entity);
            reader.ReadMessage();
        }

        return streams.Length;
    }

    /// <summary>Milliseconds.</summary>
    private static double Time(Func<int> run)
    {
        long start = Stopwatch.GetTimestamp();
        run();
        return Stopwatch.GetElapsedTime(start).TotalMilliseconds;
    }

    private static long Allocated(Func<int> run)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        run();
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }

    private static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return sorted[sorted.Length / 2];
    }

    private static void Row(PrintedPage page, string name, double milliseconds, double bare, double count, long allocated) => page.Say(string.Create(
        CultureInfo.InvariantCulture, $"| {name} | {milliseconds / count * 1e3:0.00} | {milliseconds / bare:0.00} | {allocated / count:0} |"));
}
