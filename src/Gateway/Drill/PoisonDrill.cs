using System.Globalization;

namespace Gateway.Drill;

/// <summary>What both drills with poison have in common: clean traffic alone, then with poison in it, then on until all poison is quarantined.</summary>
internal abstract class PoisonDrill : IncidentDrill
{
    private const string Before = "before";
    private const string During = "during";

    private const int MostAttempts = 3;

    /// <inheritdoc/>
    public override string Promise =>
        "clean mail's p99 at most doubles, all poison is in the quarantine after at most three attempts, no clean message is blamed or lost";

    /// <inheritdoc/>
    public sealed override async Task RunAsync(DrillStage stage, CancellationToken ct)
    {
        DrillOptions options = stage.Options;
        double rate = options.Rate ?? options.Pick(20, 50);
        int oneIn = options.Pick(200, 20);
        TimeSpan lead = options.Seconds(60, 1.5);
        TimeSpan lasts = options.Duration ?? options.Seconds(300, 1.2);
        Prepare(stage.Downstream, options);
        await stage.OpenAsync(ct, options.Pick<IReadOnlyList<string>>([], ["Relay:Retry:First=1s", "Relay:Isolation:HangAfter=500ms"]));

        stage.Timeline.Step(string.Create(CultureInfo.InvariantCulture, $"clean mail alone, {rate:0.#} a second for {lead.TotalSeconds:0.#} s"));
        await stage.Traffic.SendAsync(new TrafficPlan(Before, rate, static _ => true).For(lead), ct);

        stage.Timeline.Step($"onset: 1 message in {oneIn} is poison; {Describe(stage.Downstream)}");
        int first = oneIn / 2;
        await stage.Traffic.SendAsync(
            new TrafficPlan(During, rate, static _ => true) { Kind = i => i % oneIn == first ? MailKind.Poison : MailKind.Clean }.For(lasts), ct);
        IReadOnlyList<DrillMail> poison = stage.Ledger.Of(MailKind.Poison, During);
        stage.Timeline.Step(string.Create(CultureInfo.InvariantCulture, $"{poison.Count} poison messages were sent, no more come; clean mail goes on"));

        int held = await SendUntilQuarantinedAsync(stage, poison, rate, ct);
        await stage.DrainAsync(options.Seconds(300, 20), ct);
        stage.Timeline.Step("all mail has left the queue");

        (DelaySummary without, DelaySummary with) = stage.Compare(Before, During);
        int attempts = poison.Max(static m => m.Attempts);
        stage.PromiseDelay(without, with);
        stage.Promise(
            "all poison is in the quarantine after at most 3 attempts", held == poison.Count && attempts <= MostAttempts,
            string.Create(CultureInfo.InvariantCulture, $"{held} of {poison.Count}, attempts at most {attempts}{Found(stage.Downstream)}"));
    }

    /// <summary>Tells the mail system what to do.</summary>
    protected abstract void Prepare(ScriptedDownstream downstream, DrillOptions options);

    /// <summary>What it does, in words.</summary>
    protected abstract string Describe(ScriptedDownstream downstream);

    /// <summary>What else was found.</summary>
    protected virtual string Found(ScriptedDownstream downstream) => string.Empty;

    private static async Task<int> SendUntilQuarantinedAsync(DrillStage stage, IReadOnlyList<DrillMail> poison, double rate, CancellationToken ct)
    {
        TimeSpan patience = stage.Options.Seconds(3600, 60);
        int held = 0;
        using CancellationTokenSource done = CancellationTokenSource.CreateLinkedTokenSource(ct);
        Task traffic = stage.Traffic.SendAsync(new TrafficPlan(During, rate, t => !done.IsCancellationRequested && t < patience), ct);
        while (!traffic.IsCompleted && held < poison.Count)
        {
            await Task.Delay(stage.Options.Seconds(2, 0.1), TimeProvider.System, ct);
            Dictionary<string, string> there = await stage.QuarantinedAsync(ct);
            held = poison.Count(m => there.ContainsKey(m.Recipient));
        }

        await done.CancelAsync();
        await traffic;
        return held;
    }
}
