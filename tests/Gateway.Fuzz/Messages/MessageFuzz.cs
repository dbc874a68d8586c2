using System.Diagnostics;
using System.Globalization;
using Gateway.Mime;

namespace Gateway.Fuzz.Messages;

/// <summary>Fuzzes the inspector with mutated samples of all rules.</summary>
/// <remarks>
/// Properties: no exception; no failure of the reader hidden in a finding; an inspector that was used gives what a new one gives; the facts
/// of the scanner do not depend on how the octets are cut; work and time stay linear in the octets.
/// </remarks>
internal sealed class MessageFuzz(Options options, TextWriter output)
{
    private readonly IReadOnlyList<byte[]> _samples = [.. Corpus.Messages(), .. Kept()];
    private MimeInspector _used = new();
    private byte[] _before = [];
    private int _finds;

    /// <summary>Fuzzes, or inspects what was given.</summary>
    /// <returns>The number of finds.</returns>
    public async Task<int> RunAsync(CancellationToken ct)
    {
        Stopwatch watch = Stopwatch.StartNew();
        long count = 0;
        long octets = 0;
        if (options.Replay is not null)
        {
            // In order: some show a fault only behind the one before them.
            string[] files = File.Exists(options.Replay) ? [options.Replay] : [.. Directory.GetFiles(options.Replay, "*.eml").Order(StringComparer.Ordinal)];
            foreach (string file in files)
            {
                count++;
                await JudgeAsync(await File.ReadAllBytesAsync(file, ct), new Random(0), file);
            }
        }
        else
        {
            await output.WriteLineAsync($"messages: seed {options.Seed}, {_samples.Count} samples to begin from");
            for (int number = 0; !ct.IsCancellationRequested && (options.Cases > 0 ? number < options.Cases : watch.Elapsed < options.Time); number++)
            {
                Random random = new(unchecked((options.Seed * 1_000_003) + number));
                byte[] message = Mutation.Of(_samples[random.Next(_samples.Count)], _samples[random.Next(_samples.Count)], random);
                count++;
                octets += message.Length;
                await JudgeAsync(message, random, $"seed {options.Seed}, message {number}");
            }
        }

        await output.WriteLineAsync(string.Create(
            CultureInfo.InvariantCulture, $"messages: seed {options.Seed}, {count} messages, {octets >> 20} MiB in {watch.Elapsed.TotalSeconds:0} s, {_finds} finds"));
        return _finds;
    }

    private static IEnumerable<byte[]> Kept() =>
        !Directory.Exists(Corpus.MessagesFolder) ? [] : Directory.GetFiles(Corpus.MessagesFolder, "*.eml").Order(StringComparer.Ordinal).Select(File.ReadAllBytes);

    private async Task JudgeAsync(byte[] message, Random random, string where)
    {
        Find? find;
        try
        {
            find = Judge(message, random);
        }
        catch (Exception e)
        {
            find = new Find("exception", e.ToString());
            _used = new MimeInspector();
        }

        if (find is not null)
        {
            await ReportAsync(find, message, where);
        }

        _before = message;
    }

    private async Task ReportAsync(Find find, byte[] message, string where)
    {
        _finds++;
        string text = $"FIND {find} ({where})";
        if (options.Replay is null && options.Finds is not null)
        {
            Directory.CreateDirectory(options.Finds);
            string file = Path.Combine(options.Finds, string.Create(CultureInfo.InvariantCulture, $"{find.Property}-{options.Seed}-{_finds}.eml"));
            await File.WriteAllBytesAsync(file, message);
            if (find.Property == "used-inspector")
            {
                await File.WriteAllBytesAsync(file + ".before", _before);
            }

            text += $"\n  {file}";
        }

        await output.WriteLineAsync(text);
    }

    private Find? Judge(byte[] message, Random random)
    {
        InspectionContext context = new() { NullSender = random.Next(4) == 0, Binary = random.Next(8) == 0 };
        using MessageBytes content = MessageBytes.FromMemory(message);
        InspectionReport report = _used.Inspect(content, context);
        long work = _used.WorkSpent;
        InspectionReport fresh = new MimeInspector().Inspect(content, context);
        WireFacts whole = Scan(message, null);
        WireFacts cut = Scan(message, random);
        TimeSpan time = report.Elapsed < fresh.Elapsed ? report.Elapsed : fresh.Elapsed;
        return report.Findings.FirstOrDefault(static f => f.Rule == RuleCode.ParserFault && f.Detail.Contains("reader failed", StringComparison.Ordinal)) is Finding fault
                ? new Find("reader-fault", fault.Detail)
            : Text(report) != Text(fresh) ? new Find("used-inspector", $"a used inspector says '{Text(report)}', a new one '{Text(fresh)}'")
            : Text(whole) != Text(cut) ? new Find("split", $"whole: {Text(whole)}; cut: {Text(cut)}")
            // The bound of its own tests: for each octet at most the deepest nesting and a constant.
            : work > 10_000 + (message.Length * 100L) ? new Find("work", $"{work} units for {message.Length} octets")
            : time > TimeSpan.FromSeconds(0.5 + (message.Length * 2e-6)) ? new Find("time", $"{time.TotalSeconds:0.00} s for {message.Length} octets")
            : null;
    }

    private static WireFacts Scan(byte[] message, Random? cuts)
    {
        WireScanner scanner = new();
        for (int at = 0; at < message.Length;)
        {
            int count = cuts is null ? message.Length : Math.Min(message.Length - at, 1 + cuts.Next(cuts.Next(3) == 0 ? 3 : 4000));
            scanner.Append(message.AsSpan(at, count));
            at += count;
        }

        return scanner.Complete();
    }

    private static string Text(InspectionReport report) =>
        $"{report.Verdict} {report.PartCount} {report.MaxDepth} {report.HeaderBytes} {report.Complete} {report.FindingsSuppressed} "
        + string.Join(' ', report.Findings.Select(static f => $"{f.RuleName}@{f.Offset}+{f.Length}/{f.Part}"));

    private static string Text(WireFacts facts) => string.Create(
        CultureInfo.InvariantCulture,
        $"{facts.Length} {facts.Lines} {facts.HeaderEnd} {facts.HasSeparator} {facts.HeaderFields} {facts.LargestField} {facts.FirstLine} {facts.FirstLineLength} {facts.FirstEightBit} {facts.EndsWithCrlf} {facts.LongestLine} {facts.BareLf.Count} {facts.BareCr.Count} {facts.NulInHeader.Count} {facts.NulInBody.Count} {facts.NonstandardEndOfData.Count} {facts.OverlongLines.Count}");
}
