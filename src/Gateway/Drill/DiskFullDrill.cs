using System.Globalization;

namespace Gateway.Drill;

/// <summary>Something else fills the volume of the spool, and later makes room again.</summary>
internal sealed class DiskFullDrill : IncidentDrill
{
    private const string Before = "before";
    private const string During = "during";
    private const string After = "after";

    private const int InsufficientStorage = 452;
    private const long Megabyte = 1024 * 1024;
    private const long Volume = 256 * Megabyte;
    private const long LeftOver = 12 * Megabyte;

    /// <inheritdoc/>
    public override string Name => "disk-full";

    /// <inheritdoc/>
    public override string Summary => "Something else fills the volume of the spool, and later makes room again.";

    /// <inheritdoc/>
    public override string Promise =>
        "mail is answered 452 before the volume is full, what was taken goes on being delivered, mail is taken again by itself when there is room, nothing is lost";

    /// <inheritdoc/>
    public override async Task RunAsync(DrillStage stage, CancellationToken ct)
    {
        DrillOptions options = stage.Options;
        double rate = options.Rate ?? 50;
        TimeSpan lead = options.Seconds(30, 1.5);
        stage.Traffic.RetryAfter = options.Seconds(1, 0.2);
        QuotaDisk disk = new(stage.Directory, Volume);
        await stage.Downstream.StartAsync();
        await stage.StartGatewayAsync(
            stage.Arguments("Spool:SegmentBytes=4MB", "Spool:MinimumFreeBytes=32MB"), s => s with { Relay = s.Relay with { Disk = disk } }, ct);
        await stage.WarmUpAsync(ct);
        TrafficPlan plan = new(Before, rate, static _ => true);

        stage.Timeline.Step(string.Create(CultureInfo.InvariantCulture, $"clean mail, {rate:0.#} a second for {lead.TotalSeconds:0.#} s; a volume of 256 MB (a quota at the spool's storage), {disk.Free / Megabyte} MB free; no mail is taken below 32 MB"));
        await stage.Traffic.SendAsync(plan.For(lead), ct);

        stage.Timeline.Step("onset: something else fills the volume");
        Task filling = FillAsync(disk, options, ct);
        TimeSpan lasts = options.Duration ?? options.Seconds(30, 3);
        await stage.Traffic.SendAsync((plan with { Phase = During }).For(lasts), ct);
        await filling;
        bool refused = stage.Traffic.Replies.GetValueOrDefault(InsufficientStorage) > 0;
        bool lowLeft = await DrillStage.UntilAsync(() => stage.Gateway!.Relay.Delivery.Count == 0, TimeSpan.FromSeconds(10), ct);
        int waiting = stage.Traffic.UnderWay;
        stage.Timeline.Step(string.Create(CultureInfo.InvariantCulture, $"{disk.Free / Megabyte} MB free; {waiting} messages wait with their sender; now there is room again"));

        disk.Taken = 0;
        bool recovered = await stage.Traffic.SettleAsync(TimeSpan.FromSeconds(30), ct);
        stage.Timeline.Step("everything that waited was taken; clean mail as before");
        await stage.Traffic.SendAsync((plan with { Phase = After }).For(lead), ct);
        await stage.DrainAsync(TimeSpan.FromSeconds(30), ct);

        (DelaySummary without, _) = stage.Compare(Before, During);
        stage.PromiseDelay(without, stage.AddDelays("after it", stage.Ledger.Of(MailKind.Clean, After)));
        int other = stage.Traffic.Replies.Where(static r => r.Key is not (250 or InsufficientStorage)).Sum(static r => r.Value);
        stage.Promise(
            "while room is short mail is answered 452, and nothing else than 250 or 452", refused && other == 0,
            string.Create(CultureInfo.InvariantCulture, $"452 {stage.Traffic.Replies.GetValueOrDefault(InsufficientStorage)} times, other refusals {other} times"));
        stage.Promise(
            "mail is refused before the volume is full: no write fails", disk.Failures == 0, string.Create(CultureInfo.InvariantCulture, $"{disk.Failures} writes failed for want of room"));
        stage.Promise("what was taken is delivered while room is short", lowLeft, lowLeft ? "the queue became empty" : "the queue did not become empty");
        stage.Promise(
            "mail is taken again by itself when there is room", recovered, recovered ? $"all {waiting} messages that waited with their sender" : "not within 30 s");
    }

    private static async Task FillAsync(QuotaDisk disk, DrillOptions options, CancellationToken ct)
    {
        const int Steps = 20;
        long goal = disk.Free - LeftOver;
        for (int i = 1; i <= Steps; i++)
        {
            disk.Taken = goal * i / Steps;
            await Task.Delay(options.Seconds(10, 1) / Steps, TimeProvider.System, ct);
        }
    }
}
