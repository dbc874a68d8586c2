using System.Globalization;
using Gateway.Demo;

namespace Gateway.Drill;

/// <summary>The first of two hosts of a route turns mail away, in one form after the other; the second one is well.</summary>
internal abstract class DrainDrill : IncidentDrill
{
    private const string Before = "before";
    private const string After = "after";

    /// <summary>The longest delay while a host turns mail away, and while it is silent.</summary>
    private static readonly TimeSpan Prompt = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan PromptWhereSilent = TimeSpan.FromSeconds(10);

    /// <inheritdoc/>
    public override string Promise =>
        "all mail goes to the other host, none later than 2 seconds (10 where the first is silent), none is returned, none arrives twice, and the first host is used again";

    /// <summary>What the first host does, in turn.</summary>
    protected abstract IReadOnlyList<DrainForm> Forms { get; }

    /// <summary>How long it does each.</summary>
    protected abstract TimeSpan Lasts(DrillOptions options);

    /// <inheritdoc/>
    public sealed override async Task RunAsync(DrillStage stage, CancellationToken ct)
    {
        DrillOptions options = stage.Options;
        double rate = options.Rate ?? options.Pick(50, 40);
        TimeSpan lead = options.Seconds(30, 1.5);
        await using ScriptedDownstream second = new(stage.Ledger, stage.Time, options.Downstream);
        await second.StartAsync();
        await stage.OpenAsync(ct, $"Relay:DefaultRoute:Hosts:1={second.EndPoint}");

        stage.Timeline.Step(string.Create(CultureInfo.InvariantCulture, $"mail to a route of two hosts, {rate:0.#} a second for {lead.TotalSeconds:0.#} s"));
        await stage.Traffic.SendAsync(new TrafficPlan(Before, rate, static _ => true).For(lead), ct);
        await stage.DrainAsync(TimeSpan.FromSeconds(60), ct);
        stage.AddDelays("without the incident", stage.Ledger.Of(MailKind.Clean, Before));
        int back = 0;
        foreach (DrainForm form in Forms)
        {
            await DrainAsync(stage, form, rate, ct);
            back += await UseAgainAsync(stage, rate, ct) ? 1 : 0;
        }

        stage.Timeline.Step("all mail has left the queue");
        stage.AddDelays("after it", stage.Ledger.Of(MailKind.Clean, After));
        stage.Promise("the first host is used again each time, after a minute at the longest", back == Forms.Count, $"{back} of {Forms.Count}");
        int twice = stage.Ledger.All.Sum(static m => Math.Max(0, m.Copies - 1));
        stage.Promise("nothing arrives twice", twice == 0, $"{twice} copies");
    }

    private async Task DrainAsync(DrillStage stage, DrainForm form, double rate, CancellationToken ct)
    {
        TimeSpan lasts = stage.Options.Duration ?? Lasts(stage.Options);
        stage.Downstream.Drain = form;
        if (form.IsSilent || form.Step == CaptureStep.Greeting)
        {
            // Connections that are open would go on.
            stage.Downstream.CutAll();
        }

        stage.Timeline.Step(string.Create(CultureInfo.InvariantCulture, $"onset: the first host: {form.Name}, for {lasts.TotalSeconds:0.#} s"));
        await stage.Traffic.SendAsync(new TrafficPlan(form.Name, rate, static _ => true).For(lasts), ct);
        await stage.DrainAsync(TimeSpan.FromSeconds(60), ct);
        stage.Downstream.Drain = null;
        IReadOnlyList<DrillMail> mail = stage.Ledger.Of(MailKind.Clean, form.Name);
        DelaySummary delays = stage.AddDelays(form.Name, mail);
        TimeSpan limit = form.IsSilent ? PromptWhereSilent : Prompt;
        stage.Promise($"{form.Name}: all of it arrives", mail.All(static m => m.Copies > 0), $"{mail.Count(static m => m.Copies > 0)} of {mail.Count}");
        stage.Promise(
            string.Create(CultureInfo.InvariantCulture, $"{form.Name}: none later than {limit.TotalSeconds:0} s"), delays.Max <= limit.TotalMilliseconds,
            string.Create(CultureInfo.InvariantCulture, $"{delays.Max / 1000:0.00} s"), timed: true);
    }

    /// <summary>Sends on until the pause of the first host is over, a minute at the longest.</summary>
    private static async Task<bool> UseAgainAsync(DrillStage stage, double rate, CancellationToken ct)
    {
        stage.Timeline.Step("the first host takes mail again; mail goes on");
        int before = stage.Downstream.Taken;
        TimeSpan patience = TimeSpan.FromSeconds(75);
        await stage.Traffic.SendAsync(new TrafficPlan(After, rate, t => stage.Downstream.Taken == before && t < patience), ct);
        await stage.DrainAsync(TimeSpan.FromSeconds(60), ct);
        return stage.Downstream.Taken > before;
    }
}
