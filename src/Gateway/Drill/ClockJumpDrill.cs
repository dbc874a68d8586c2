using System.Globalization;

namespace Gateway.Drill;

/// <summary>The wall clock is set forward and back, while the gateway runs and while it is stopped; mail waits and is quarantined meanwhile.</summary>
internal sealed class ClockJumpDrill : IncidentDrill
{
    private const string Before = "before";
    private const string During = "during";
    private const string After = "after";

    private static readonly TimeSpan[] Leaps = [TimeSpan.FromSeconds(4), TimeSpan.FromHours(1), TimeSpan.FromDays(10), TimeSpan.FromDays(400)];

    // Long enough for everything that looks at clocks: sweeps of the quarantine, retries, delay warnings.
    private static readonly TimeSpan Stay = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan Stride = TimeSpan.FromSeconds(15);

    private static readonly TimeSpan Prompt = TimeSpan.FromMinutes(2);

    /// <inheritdoc/>
    public override string Name => "clock-jump";

    /// <inheritdoc/>
    public override string Summary => "The wall clock is wrong for a while, by 4 s to 400 days in both directions, also at a start; mail waits and is quarantined.";

    /// <inheritdoc/>
    public override string Promise => "nothing is returned, nobody is told of a delay, nothing quarantined is discarded, the log says so; two minutes after the mail system is back it has all of its mail";

    /// <inheritdoc/>
    public override TimeProvider MakeClock() => new LeapingTime();

    /// <inheritdoc/>
    public override async Task RunAsync(DrillStage stage, CancellationToken ct)
    {
        LeapingTime clock = (LeapingTime)stage.Time;
        double rate = stage.Options.Rate ?? stage.Options.Pick(50, 40);
        TimeSpan lead = stage.Options.Seconds(30, 2);
        string[] settings = ["Relay:DelayWarning=4h", "Relay:Concurrency=5"];
        await stage.OpenAsync(ct, settings);
        TrafficPlan plan = new(Before, rate, static _ => true) { Kind = static i => i % 8 == 7 ? MailKind.Malformed : MailKind.Clean };

        stage.Timeline.Step(string.Create(CultureInfo.InvariantCulture, $"mail, an eighth of it malformed, {rate:0.#} a second for {lead.TotalSeconds:0.#} s"));
        await stage.Traffic.SendAsync(plan.For(lead), ct);
        await stage.DrainAsync(TimeSpan.FromSeconds(30), ct);
        await stage.Downstream.StopAsync();
        await stage.Traffic.SendAsync((plan with { Phase = During, Kind = static _ => MailKind.Clean }).For(lead), ct);
        await stage.Traffic.SettleAsync(TimeSpan.FromSeconds(30), ct);
        int waiting = stage.Gateway!.Relay.Delivery.Count;
        int held = (await stage.QuarantinedAsync(ct)).Count;

        stage.Timeline.Step(string.Create(CultureInfo.InvariantCulture, $"onset: the mail system behind is gone, {waiting} messages wait, {held} are quarantined; now the wall clock is set"));
        foreach (TimeSpan leap in Leaps.SelectMany(static l => (TimeSpan[])[l, -l]))
        {
            await WrongForAWhileAsync(stage, clock, leap, settings: null, ct);
            await WrongForAWhileAsync(stage, clock, leap, settings, ct);
        }

        int waitsStill = stage.Gateway!.Relay.Delivery.Count;
        int heldStill = (await stage.QuarantinedAsync(ct)).Count;
        await stage.Downstream.StartAsync();
        stage.Timeline.Step("the mail system is back");
        TimeSpan took = await ReturnAsync(stage, clock, ct);
        bool drained = await stage.DrainAsync(TimeSpan.FromSeconds(60), ct);
        await stage.Traffic.SendAsync((plan with { Phase = After, Kind = static _ => MailKind.Clean }).For(lead), ct);
        await stage.DrainAsync(TimeSpan.FromSeconds(30), ct);

        stage.AddDelays("without the incident", stage.Ledger.Of(MailKind.Clean, Before));
        IReadOnlyList<DrillMail> late = stage.Ledger.Of(MailKind.Clean, During);
        stage.AddDelays("with it", late);
        stage.Promise(
            "nothing is returned and nobody is told of a delay", waitsStill == waiting,
            string.Create(CultureInfo.InvariantCulture, $"{waitsStill} messages in the queue, notifications counted, of {waiting}"));
        stage.Promise("nothing quarantined is discarded", heldStill == held, string.Create(CultureInfo.InvariantCulture, $"{heldStill} of {held}"));
        int told = stage.Log.Count(LogTap.ClockLeap);
        stage.Promise("the log says so", told > 0, string.Create(CultureInfo.InvariantCulture, $"{told} times"));
        stage.Promise(
            "two minutes after its return the mail system has all of its mail", drained && took <= Prompt && late.All(static m => m.Copies > 0),
            string.Create(CultureInfo.InvariantCulture, $"{late.Count(static m => m.Copies > 0)} of {late.Count}, {took.TotalSeconds:0} s after its return"));
    }

    /// <summary>Sets the wall clock wrong, lets some minutes pass, and sets it right again.</summary>
    /// <param name="stage">The gateway.</param>
    /// <param name="clock">Its clock.</param>
    /// <param name="leap">How wrong.</param>
    /// <param name="settings">What it is started with where it is stopped meanwhile; null to leave it running.</param>
    /// <param name="ct">Stops it.</param>
    private static async Task WrongForAWhileAsync(DrillStage stage, LeapingTime clock, TimeSpan leap, string[]? settings, CancellationToken ct)
    {
        if (settings is not null)
        {
            await stage.StopGatewayAsync();
        }

        clock.SetWall(leap);
        if (settings is not null)
        {
            await stage.StartGatewayAsync(stage.Arguments(settings), change: null, ct);
        }

        await PassAsync(clock, Stay, ct);
        clock.SetWall(-leap);
        await PassAsync(clock, Stay, ct);
        stage.Timeline.Step(string.Create(
            CultureInfo.InvariantCulture, $"the wall clock was {leap:c} off for {Stay.TotalMinutes:0} minutes{(settings is null ? string.Empty : ", from a start on")}"));
    }

    private static async Task PassAsync(LeapingTime clock, TimeSpan time, CancellationToken ct)
    {
        for (TimeSpan passed = TimeSpan.Zero; passed < time; passed += Stride)
        {
            clock.Leap(Stride);
            // For what the leap brought due.
            await Task.Delay(TimeSpan.FromMilliseconds(4), TimeProvider.System, ct);
        }
    }

    private static async Task<TimeSpan> ReturnAsync(DrillStage stage, LeapingTime clock, CancellationToken ct)
    {
        long back = clock.GetTimestamp();
        int waiting = stage.Gateway!.Relay.Delivery.Count;
        while (stage.Gateway.Relay.Delivery.Count >= waiting && clock.GetElapsedTime(back) < Prompt)
        {
            clock.Leap(TimeSpan.FromSeconds(1));
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, ct);
        }

        return clock.GetElapsedTime(back);
    }
}
