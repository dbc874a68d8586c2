using System.Globalization;

namespace Gateway.Drill;

/// <summary>The resolver dies, and what it answered before is over its time.</summary>
internal sealed class DnsOutageDrill : IncidentDrill
{
    private const string Before = "before";
    private const string During = "during";
    private const string MailDomain = "mx.example";

    private const byte LifeSeconds = 5;

    // Once for the mail host and once for its address the resolver is waited for.
    private const double LongestWait = 5000;

    /// <inheritdoc/>
    public override string Name => "dns-outage";

    /// <inheritdoc/>
    public override string Summary => "The resolver answers nothing any more, and what it answered before is over its time.";

    /// <inheritdoc/>
    public override string Promise => "the last good answers carry the mail, the log says so, and no message waits longer than 5 s for it";

    /// <inheritdoc/>
    public override async Task RunAsync(DrillStage stage, CancellationToken ct)
    {
        DrillOptions options = stage.Options;
        double rate = options.Rate ?? options.Pick(50, 30);
        TimeSpan lead = options.Seconds(60, 2);
        TimeSpan lasts = options.Duration ?? options.Seconds(180, 9);
        await using LoopbackDns dns = new(LifeSeconds);
        await stage.Downstream.StartAsync();
        // Connections are renewed often, so that addresses are looked up too.
        await stage.StartGatewayAsync(
            stage.Arguments(
                $"Relay:Routes:0:Domain={MailDomain}", "Relay:Routes:0:Kind=mx",
                string.Create(CultureInfo.InvariantCulture, $"Relay:Routes:0:MxPort={stage.Downstream.EndPoint.Port}"),
                $"Relay:DnsServers:0={dns.EndPoint}", "Delivery:MessagesPerConnection=5"),
            change: stage.AllowLoopbackMailHosts, ct);
        await stage.WarmUpAsync(ct);
        TrafficPlan plan = new(Before, rate, static _ => true) { Domain = static _ => MailDomain };

        stage.Timeline.Step(string.Create(CultureInfo.InvariantCulture, $"clean mail by MX, {rate:0.#} a second for {lead.TotalSeconds:0} s; answers of DNS are good for {LifeSeconds} s"));
        await stage.Traffic.SendAsync(plan.For(lead), ct);

        dns.IsSilent = true;
        int asked = dns.Questions;
        stage.Timeline.Step("onset: the resolver is silent");
        await stage.Traffic.SendAsync((plan with { Phase = During }).For(lasts), ct);
        stage.Timeline.Step("no more mail is sent; the resolver is still silent");
        bool drained = await stage.DrainAsync(TimeSpan.FromSeconds(60), ct);
        stage.Timeline.Step("all mail has left the queue");

        (_, DelaySummary with) = stage.Compare(Before, During);
        stage.Promise(
            "the last good answers carry the mail while the resolver is dead", drained && with.Arrived == with.Sent && dns.Questions > asked,
            string.Create(CultureInfo.InvariantCulture, $"{with.Arrived} of {with.Sent} arrived, {dns.Questions - asked} questions were not answered"));
        int told = stage.Log.Count(LogTap.StaleAnswer);
        stage.Promise("the log says so", told > 0, string.Create(CultureInfo.InvariantCulture, $"{told} times"));
        stage.Promise(
            "no message waits longer than 5 s for the resolver", with.Max <= LongestWait, string.Create(CultureInfo.InvariantCulture, $"{with.Max:0} ms at the most"), timed: true);
    }
}
