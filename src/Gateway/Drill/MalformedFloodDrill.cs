using System.Globalization;

namespace Gateway.Drill;

/// <summary>Half of all traffic is malformed.</summary>
internal sealed class MalformedFloodDrill : IncidentDrill
{
    private const string Before = "before";
    private const string During = "during";

    /// <inheritdoc/>
    public override string Name => "malformed-flood";

    /// <inheritdoc/>
    public override string Summary => "Half of all traffic is malformed.";

    /// <inheritdoc/>
    public override string Promise =>
        "clean mail's p99 at most doubles, nothing malformed reaches the mail system behind, all of it that was answered 250 is in the quarantine";

    /// <inheritdoc/>
    public override async Task RunAsync(DrillStage stage, CancellationToken ct)
    {
        DrillOptions options = stage.Options;
        double rate = options.Rate ?? options.Pick(50, 30);
        TimeSpan lead = options.Seconds(60, 3);
        TimeSpan lasts = options.Duration ?? options.Seconds(120, 3);
        await stage.OpenAsync(ct);

        stage.Timeline.Step(string.Create(CultureInfo.InvariantCulture, $"clean mail alone, {rate:0.#} a second for {lead.TotalSeconds:0} s"));
        await stage.Traffic.SendAsync(new TrafficPlan(Before, rate, static _ => true).For(lead), ct);

        stage.Timeline.Step(string.Create(CultureInfo.InvariantCulture, $"onset: as much malformed mail beside it, {2 * rate:0.#} messages a second in all"));
        TrafficPlan flood = new(During, 2 * rate, static _ => true) { Kind = static i => i % 2 == 0 ? MailKind.Clean : MailKind.Malformed };
        await stage.Traffic.SendAsync(flood.For(lasts), ct);
        stage.Timeline.Step("the flood is over");
        await stage.DrainAsync(options.Seconds(120, 30), ct);

        IReadOnlyList<DrillMail> malformed = stage.Ledger.Of(MailKind.Malformed, During);
        DrillMail[] taken = [.. malformed.Where(static m => m.IsAccepted)];
        Dictionary<string, string> there = [];
        for (int i = 0; i < 100 && !taken.All(m => there.ContainsKey(m.Recipient)); i++)
        {
            there = await stage.QuarantinedAsync(ct);
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, ct);
        }

        stage.Timeline.Step("all mail has left the queue");
        (DelaySummary without, DelaySummary with) = stage.Compare(Before, During);
        stage.PromiseDelay(without, with);
        int through = malformed.Count(static m => m.Attempts > 0);
        stage.Promise("no malformed message reaches the mail system behind", through == 0, string.Create(CultureInfo.InvariantCulture, $"{through} of {malformed.Count}"));
        int held = taken.Count(m => there.ContainsKey(m.Recipient));
        stage.Promise(
            "every malformed message is in the quarantine or was refused 550", held == taken.Length && malformed.All(static m => m.IsAccepted || m.IsRefused),
            string.Create(CultureInfo.InvariantCulture, $"{held} of {taken.Length} that were taken are quarantined, {malformed.Count(static m => m.IsRefused)} were refused"));
    }
}
