using System.Diagnostics;
using System.Globalization;

namespace Gateway.Fuzz.Protocol;

/// <summary>Fuzzes the gateway's conversations: rounds of many connections, each round with a gateway of its own.</summary>
/// <remarks>
/// Properties: no unhandled exception, logged or not; every connection ends; every complete command gets one reply in its form and its
/// order; what was answered 250 after data is what the relay took, and all of it is delivered, held or bounced; nothing arrives
/// that nobody accepted; sessions, memory and blocks are back at zero after a round; the heap does not grow over the rounds.
/// </remarks>
internal sealed class ProtocolFuzz(Options options, TextWriter output) : IDisposable
{
    private const int CasesPerRound = 1500;

    private readonly IReadOnlyList<byte[]> _messages = Corpus.Messages();
    private readonly IReadOnlyList<ProtocolCase> _conversations = [.. Corpus.Conversations(), .. Kept()];
    private readonly FaultLog _faults = new();
    private readonly List<long> _heaps = [];
    private readonly Stopwatch _watch = Stopwatch.StartNew();
    private long _played;
    private long _replies;
    private long _octets;
    private int _finds;

    /// <summary>How long a connection may take; a machine with other work is slow.</summary>
    private static TimeSpan Patience => TimeSpan.FromSeconds(60);

    /// <summary>Fuzzes, or plays what was given.</summary>
    /// <returns>The number of finds.</returns>
    public async Task<int> RunAsync(CancellationToken ct)
    {
        if (options.Replay is not null)
        {
            await ReplayAsync(options.Replay, ct);
        }
        else
        {
            await output.WriteLineAsync($"protocol: seed {options.Seed}, {_conversations.Count} conversations, {_messages.Count} messages to begin from");
            for (int round = 0; !IsOver(ct); round++)
            {
                await RoundAsync(round, ct);
            }
        }

        using Process me = Process.GetCurrentProcess();
        await output.WriteLineAsync(string.Create(
            CultureInfo.InvariantCulture,
            $"protocol: seed {options.Seed}, {_played} connections, {_octets >> 20} MiB sent, {_replies} replies in {_watch.Elapsed.TotalSeconds:0} s, peak RSS {me.PeakWorkingSet64 >> 20} MiB, {_finds} finds"));
        return _finds;
    }

    public void Dispose() => _faults.Dispose();

    private static IEnumerable<ProtocolCase> Kept() => !Directory.Exists(Corpus.ProtocolFolder) ? []
        : Directory.GetFiles(Corpus.ProtocolFolder, "*.case").Order(StringComparer.Ordinal).Select(static f => ProtocolCase.Parse(f, File.ReadAllText(f)));

    private bool IsOver(CancellationToken ct) =>
        ct.IsCancellationRequested || (options.Cases > 0 && _played >= options.Cases) || (options.Time > TimeSpan.Zero && _watch.Elapsed >= options.Time);

    private async Task RoundAsync(int round, CancellationToken ct)
    {
        long before = _played;
        await using (FuzzGateway gateway = await FuzzGateway.StartAsync(_faults, ct))
        {
            int next = 0;
            int count = options.Cases > 0 ? (int)Math.Min(CasesPerRound, options.Cases - _played) : CasesPerRound;
            await Task.WhenAll(Enumerable.Range(0, options.Parallel).Select(_ => Task.Run(
                async () =>
                {
                    int number;
                    while ((number = Interlocked.Increment(ref next) - 1) < count && (options.Cases > 0 || !IsOver(ct)))
                    {
                        ProtocolCase @case = Make(round, number);
                        await PlayAsync(@case, gateway, $"seed {options.Seed}, round {round}, case {number}", ct);
                    }
                },
                ct)));
            foreach (Find find in await gateway.SettleAsync(Patience))
            {
                await ReportAsync(find, null, $"seed {options.Seed}, round {round}");
            }
        }

        await TakeStockAsync(round, before);
    }

    private ProtocolCase Make(int round, int number)
    {
        Random random = new(HashCode(options.Seed, round, number));
        ProtocolCase Grown() => new ProtocolGrammar(random, _messages).Make();
        ProtocolCase Sample() => _conversations[random.Next(_conversations.Count)];
        return random.Next(6) switch
        {
            0 or 1 => Grown(),
            2 => CaseMutation.Of(Grown(), Sample(), random),
            _ => CaseMutation.Of(Sample(), random.Next(2) == 0 ? Sample() : Grown(), random),
        };
    }

    // Not System.HashCode, which differs from process to process.
    private static int HashCode(int seed, int round, int number) => unchecked((((seed * 31) + round) * 1_000_003) + (number * 7919));

    private async Task PlayAsync(ProtocolCase @case, FuzzGateway gateway, string where, CancellationToken ct)
    {
        (Find? find, int replies, long octets) = await ProtocolClient.PlayAsync(@case, gateway, Patience, ct);
        Interlocked.Increment(ref _played);
        Interlocked.Add(ref _replies, replies);
        Interlocked.Add(ref _octets, octets);
        if (find is not null && !ct.IsCancellationRequested)
        {
            await ReportAsync(find, @case, where);
        }
    }

    /// <summary>What must hold between two rounds, when nothing runs.</summary>
    private async Task TakeStockAsync(int round, long before)
    {
        for (int i = 0; i < 3; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        foreach (string fault in _faults.Take())
        {
            await ReportAsync(new Find("fault", fault), null, $"seed {options.Seed}, round {round}");
        }

        long heap = GC.GetTotalMemory(forceFullCollection: true);
        _heaps.Add(heap);
        await output.WriteLineAsync(string.Create(
            CultureInfo.InvariantCulture, $"round {round}: {_played - before} connections, heap {heap >> 10} KiB, {_watch.Elapsed.TotalSeconds:0} s, {_replies} replies so far"));
        // The first rounds fill caches; shared array pools keep tens of megabytes for minutes and let go of them again. A leak stays: the
        // least of the last eight rounds must not be much over the most of the first eight.
        if (_heaps.Count >= 20 && _heaps[^8..].Min() > _heaps[2..10].Max() + (8L << 20))
        {
            await ReportAsync(new Find("heap", $"the heap grows: {string.Join(' ', _heaps.Select(static h => h >> 10))} KiB"), null, $"seed {options.Seed}, round {round}");
            _heaps.Clear();
        }
    }

    private async Task ReplayAsync(string path, CancellationToken ct)
    {
        string[] files = File.Exists(path) ? [path] : [.. Directory.GetFiles(path, "*.case").Order(StringComparer.Ordinal)];
        await using FuzzGateway gateway = await FuzzGateway.StartAsync(_faults, ct);
        foreach (string file in files)
        {
            int before = _finds;
            await PlayAsync(ProtocolCase.Parse(file, await File.ReadAllTextAsync(file, ct)), gateway, file, ct);
            await output.WriteLineAsync($"{(_finds == before ? "good" : "BAD ")} {file}");
        }

        foreach (Find find in await gateway.SettleAsync(Patience))
        {
            await ReportAsync(find, null, path);
        }

        foreach (string fault in _faults.Take())
        {
            await ReportAsync(new Find("fault", fault), null, path);
        }
    }

    private async Task ReportAsync(Find find, ProtocolCase? @case, string where)
    {
        int number = Interlocked.Increment(ref _finds);
        string text = $"FIND {find} ({where})";
        if (@case is not null && options.Replay is null && options.Finds is not null)
        {
            Directory.CreateDirectory(options.Finds);
            string file = Path.Combine(options.Finds, string.Create(CultureInfo.InvariantCulture, $"{find.Property}-{options.Seed}-{number}.case"));
            await File.WriteAllTextAsync(file, @case.Write($"{find}\n{where}"));
            text += $"\n  {file}";
        }

        await output.WriteLineAsync(text);
    }
}
