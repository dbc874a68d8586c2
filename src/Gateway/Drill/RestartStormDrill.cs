using System.Globalization;
using Gateway.Smtp.Client;

namespace Gateway.Drill;

/// <summary>The gateway's process is killed again and again.</summary>
internal sealed class RestartStormDrill : IncidentDrill
{
    private const string Before = "before";
    private const string During = "during";

    /// <inheritdoc/>
    public override string Name => "restart-storm";

    /// <inheritdoc/>
    public override string Summary => "The gateway is killed with SIGKILL every few seconds.";

    /// <inheritdoc/>
    public override string Promise =>
        "no message that was answered 250 is lost, all of them arrive, and a kill doubles at most what was under way at that moment";

    /// <inheritdoc/>
    public override async Task RunAsync(DrillStage stage, CancellationToken ct)
    {
        DrillOptions options = stage.Options;
        double rate = options.Rate ?? options.Pick(100, 50);
        TimeSpan lead = options.Seconds(30, 1.5);
        await stage.Downstream.StartAsync();
        IReadOnlyList<string> settings = stage.Arguments(options.Pick<IReadOnlyList<string>>([], ["Relay:Retry:First=1s"]));
        stage.Traffic.RetryAfter = options.Seconds(1, 0.2);

        ChildGateway gateway = await ChildGateway.StartAsync(stage, settings, ct);
        int kills = 0;
        try
        {
            stage.Traffic.Target = DownstreamHost.FromEndPoint(gateway.EndPoint);
            await stage.WarmUpAsync(ct);
            stage.Timeline.Step(string.Create(CultureInfo.InvariantCulture, $"clean mail, {rate:0.#} a second for {lead.TotalSeconds:0.#} s, to a gateway in a process of its own"));
            await stage.Traffic.SendAsync(new TrafficPlan(Before, rate, static _ => true).For(lead), ct);

            stage.Timeline.Step("onset: from now on the process is killed (SIGKILL) again and again");
            using CancellationTokenSource over = CancellationTokenSource.CreateLinkedTokenSource(ct);
            Task traffic = stage.Traffic.SendAsync(new TrafficPlan(During, rate, _ => !over.IsCancellationRequested), ct);
            long onset = stage.Time.GetTimestamp();
            TimeSpan lasts = options.Duration ?? options.Seconds(120, 4);
            Random random = new(5);
            while (stage.Time.GetElapsedTime(onset) < lasts)
            {
                await Task.Delay(options.Seconds(2 + (3 * random.NextDouble()), 0.3 + (0.5 * random.NextDouble())), TimeProvider.System, ct);
                stage.Traffic.Target = null;
                await gateway.KillAsync();
                kills++;
                stage.Timeline.Event("killed", "the process is gone");
                gateway = await AgainAsync(stage, gateway, settings, ct);
            }

            await over.CancelAsync();
            await traffic;
            stage.Timeline.Step(string.Create(CultureInfo.InvariantCulture, $"killed {kills} times; once more, then the same data is opened by a gateway in this process"));
        }
        finally
        {
            stage.Traffic.Target = null;
            await gateway.DisposeAsync();
        }

        kills++;
        await stage.StartGatewayAsync(settings, change: null, ct);
        bool drained = await stage.DrainAsync(options.Seconds(300, 30), ct);
        stage.Timeline.Step("all mail has left the queue");
        Judge(stage, drained, kills);
    }

    private static async Task<ChildGateway> AgainAsync(DrillStage stage, ChildGateway dead, IReadOnlyList<string> settings, CancellationToken ct)
    {
        await dead.DisposeAsync();
        long start = stage.Time.GetTimestamp();
        ChildGateway gateway = await ChildGateway.StartAsync(stage, settings, ct);
        stage.Traffic.Target = DownstreamHost.FromEndPoint(gateway.EndPoint);
        stage.Timeline.Event("takes mail again", string.Create(CultureInfo.InvariantCulture, $"{stage.Time.GetElapsedTime(start).TotalSeconds:0.00} s after its start"));
        return gateway;
    }

    private static void Judge(DrillStage stage, bool drained, int kills)
    {
        stage.Compare(Before, During);
        int cuts = stage.Ledger.All.Sum(static m => m.Cuts);
        int twice = stage.Ledger.All.Sum(static m => Math.Max(0, m.Copies - 1));
        DrillMail[] taken = [.. stage.Ledger.All.Where(static m => m.IsAccepted)];
        int arrived = taken.Count(static m => m.Copies > 0);
        // What was answered to nobody, and what the deliveries of all seats had under way.
        int underWay = cuts + (kills * Seats);
        stage.Promise(
            "everything is answered and leaves the queue in the end", drained,
            string.Create(CultureInfo.InvariantCulture, $"{arrived} of {taken.Length} that were answered 250 have arrived, after {kills} kills"));
        stage.Promise(
            "a kill doubles at most what was under way: mail whose sender had no answer yet, and the 20 deliveries of one destination", twice <= underWay,
            string.Create(CultureInfo.InvariantCulture, $"{twice} doubled; {cuts} times a sender had no answer"));
    }

    private const int Seats = 20;
}
