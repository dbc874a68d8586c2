using System.Globalization;

namespace Gateway.Drill;

/// <summary>The mail system behind is gone for hours; another one is well.</summary>
internal sealed class DownstreamDownDrill : IncidentDrill
{
    private const string Before = "before";
    private const string During = "during";
    private const string After = "after";

    private const string DeadDomain = TrafficSource.Domain;
    private const string LiveDomain = "live.example";

    private static readonly TimeSpan Hours = TimeSpan.FromHours(4);
    private static readonly TimeSpan Slice = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan Stride = TimeSpan.FromSeconds(15);

    // A probe waits a minute at the longest.
    private static readonly TimeSpan Prompt = TimeSpan.FromMinutes(2);

    /// <inheritdoc/>
    public override string Name => "downstream-down";

    /// <inheritdoc/>
    public override string Summary => "The mail system behind is gone for 4 hours of virtual time, another one is well.";

    /// <inheritdoc/>
    public override string Promise =>
        "all mail is taken and none is lost or returned; mail to the live system is not slowed; two minutes after the dead one is back it has all of its mail";

    /// <inheritdoc/>
    public override TimeProvider MakeClock() => new LeapingTime();

    /// <inheritdoc/>
    public override async Task RunAsync(DrillStage stage, CancellationToken ct)
    {
        DrillOptions options = stage.Options;
        LeapingTime clock = (LeapingTime)stage.Time;
        double rate = options.Rate ?? options.Pick(100, 60);
        TimeSpan lead = options.Seconds(30, 1.5);
        TimeSpan away = options.Duration ?? Hours;
        await using ScriptedDownstream live = new(stage.Ledger, stage.Time, options.Downstream);
        await live.StartAsync();
        await stage.OpenAsync(ct, $"Relay:Routes:0:Domain={LiveDomain}", $"Relay:Routes:0:Hosts:0={live.EndPoint}");
        TrafficPlan both = new(Before, rate, static _ => true) { Domain = static i => i % 2 == 0 ? DeadDomain : LiveDomain };

        stage.Timeline.Step(string.Create(CultureInfo.InvariantCulture, $"mail to two systems, {rate:0.#} a second for {lead.TotalSeconds:0.#} s"));
        await stage.Traffic.SendAsync(both.For(lead), ct);
        await stage.DrainAsync(TimeSpan.FromSeconds(30), ct);

        await stage.Downstream.StopAsync();
        stage.Timeline.Step("onset: one of them is gone, connections to it are refused; from now on the clock leaps, mail is sent between the leaps");
        await EndureAsync(stage, clock, both with { Phase = During }, away, ct);

        int waiting = stage.Gateway!.Relay.Delivery.Count;
        await stage.Downstream.StartAsync();
        long back = clock.GetTimestamp();
        stage.Timeline.Step(string.Create(CultureInfo.InvariantCulture, $"it is back; {waiting} messages wait for it"));
        while (stage.Gateway.Relay.Delivery.Count >= waiting && clock.GetElapsedTime(back) < Prompt)
        {
            clock.Leap(TimeSpan.FromSeconds(1));
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, ct);
        }

        bool drained = await stage.DrainAsync(TimeSpan.FromSeconds(60), ct);
        TimeSpan took = clock.GetElapsedTime(back);
        stage.Timeline.Step("all mail has left the queue; mail to both systems again");
        await stage.Traffic.SendAsync((both with { Phase = After }).For(lead), ct);
        await stage.DrainAsync(TimeSpan.FromSeconds(30), ct);

        Judge(stage, drained, took, away);
    }

    /// <summary>Lets the hours pass: some mail at the speed of all clocks, then a leap.</summary>
    private static async Task EndureAsync(DrillStage stage, LeapingTime clock, TrafficPlan plan, TimeSpan away, CancellationToken ct)
    {
        long onset = clock.GetTimestamp();
        TimeSpan burst = stage.Options.Seconds(1, 0.1);
        while (clock.GetElapsedTime(onset) < away)
        {
            await stage.Traffic.SendAsync(plan.For(burst), ct);
            // Nothing may be under way when the clock leaps.
            await stage.Traffic.SettleAsync(TimeSpan.FromSeconds(30), ct);
            await DrillStage.UntilAsync(
                () => stage.Ledger.Of(MailKind.Clean, During).All(static m => m.Copies > 0 || m.Recipient.EndsWith(DeadDomain, StringComparison.Ordinal)),
                TimeSpan.FromSeconds(10), ct);
            for (TimeSpan leapt = TimeSpan.Zero; leapt < Slice; leapt += Stride)
            {
                clock.Leap(Stride);
                // For what the leap brought due: probes of the dead host.
                await Task.Delay(TimeSpan.FromMilliseconds(4), TimeProvider.System, ct);
            }
        }
    }

    private static void Judge(DrillStage stage, bool drained, TimeSpan took, TimeSpan away)
    {
        IReadOnlyList<DrillMail> during = stage.Ledger.Of(MailKind.Clean, During);
        DrillMail[] toDead = [.. during.Where(static m => m.Recipient.EndsWith(DeadDomain, StringComparison.Ordinal))];
        DelaySummary without = stage.AddDelays("without the incident", stage.Ledger.Of(MailKind.Clean, Before));
        DelaySummary toLive = stage.AddDelays("with it, to the live system", during.Except(toDead));
        stage.AddDelays("with it, to the dead system", toDead);
        DelaySummary after = stage.AddDelays("after it, to both", stage.Ledger.Of(MailKind.Clean, After));
        stage.PromiseDelay(without, toLive);
        stage.PromiseDelay(without, after);
        stage.Promise(
            "all mail was taken while the system was gone", during.All(static m => m.IsAccepted),
            string.Create(CultureInfo.InvariantCulture, $"{during.Count(static m => m.IsAccepted)} of {during.Count} over {away.TotalHours:0.##} h of virtual time"));
        stage.Promise(
            "two minutes after its return it has all of its mail, none was returned to a sender", drained && took <= Prompt && toDead.All(static m => m.Copies > 0),
            string.Create(CultureInfo.InvariantCulture, $"{toDead.Count(static m => m.Copies > 0)} of {toDead.Length}, {took.TotalSeconds:0} s after its return"));
    }
}
