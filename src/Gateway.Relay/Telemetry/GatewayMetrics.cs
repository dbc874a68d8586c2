using System.Diagnostics.Metrics;

namespace Gateway.Relay.Telemetry;

/// <summary>The instruments of the relay. What the rooms above keep themselves, they show with <see cref="Gauge{T}(string, string?, string, Func{T})"/>.</summary>
/// <remarks>
/// Names follow OpenTelemetry (dots, units in the metadata); Prometheus shows them as <c>gateway_*</c> with base units.
/// Tag values come from closed catalogues and names of the configuration only: no address, host name or text of a peer is ever a tag.
/// Threads: any. Cost: 30 to 70 ns a recording.
/// </remarks>
public sealed partial class GatewayMetrics
{
    /// <summary>The meter's name.</summary>
    public const string MeterName = "Gateway";

    // A fast gateway's p99 lies below 10 ms, a stuck one's at minutes: the default buckets see neither.
    private static readonly InstrumentAdvice<double> Latency = new()
    {
        HistogramBucketBoundaries =
        [
            0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 3600, 21600, 86400,
        ],
    };

    private static readonly InstrumentAdvice<long> Sizes = new()
    {
        HistogramBucketBoundaries = [1 << 10, 4 << 10, 16 << 10, 64 << 10, 256 << 10, 1 << 20, 4 << 20, 16 << 20, 64 << 20],
    };

    private static readonly InstrumentAdvice<int> Counts = new()
    {
        HistogramBucketBoundaries = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024],
    };

    private readonly UpDownCounter<int> _connectionsActive;
    private readonly Counter<long> _connections;
    private readonly Counter<long> _rejected;
    private readonly Counter<long> _records;
    private readonly Counter<long> _received;
    private readonly Histogram<long> _size;
    private readonly Counter<long> _verdicts;
    private readonly Counter<long> _findings;
    private readonly Counter<long> _exemptions;
    private readonly Counter<long> _blocked;
    private readonly Histogram<double> _stage;
    private readonly Histogram<double> _accept;
    private readonly Histogram<double> _endToEnd;
    private readonly Histogram<double> _fsync;
    private readonly Histogram<int> _batch;
    private readonly Counter<long> _attempts;
    private readonly Histogram<double> _delivery;
    private readonly Counter<long> _poison;
    private readonly Counter<long> _bounces;
    private readonly Counter<long> _suspects;
    private readonly Counter<long> _stalls;
    private readonly Counter<long> _decisions;
    private readonly Counter<long> _denied;
    private readonly Counter<long> _putOff;
    private readonly Counter<long> _expired;
    private readonly Counter<long> _lookups;
    private readonly Counter<long> _refusedRecipients;
    private readonly Histogram<double> _handshake;
    private readonly Counter<long> _authentications;
    private readonly Counter<long> _engineMessages;

    /// <summary>Makes the instruments.</summary>
    public GatewayMetrics(IMeterFactory factory)
    {
        ArgumentNullException.ThrowIfNull(factory);
        Meter = factory.Create(MeterName);
        _connectionsActive = Meter.CreateUpDownCounter<int>("gateway.connections.active", "{connection}", "SMTP sessions open now.");
        _connections = Meter.CreateCounter<long>("gateway.connections", "{connection}", "SMTP sessions ended, by how they ended and by who read their commands.");
        _engineMessages = Meter.CreateCounter<long>("gateway.engine.messages", "{message}", "Messages answered 250 in sessions that have ended, by who read their commands.");
        _rejected = Meter.CreateCounter<long>("gateway.sessions.rejected", "{session}", "SMTP sessions that were refused, or had mail or a command refused or quarantined for a limit, by reason.");
        _records = Meter.CreateCounter<long>("gateway.session.records", "{record}", "Flight records of sessions that ended badly, written to the log or dropped.");
        _received = Meter.CreateCounter<long>("gateway.messages.received", "{message}", "Messages received to their end of data, by the answer.");
        _size = Meter.CreateHistogram("gateway.message.size", "By", "Octets of a received message.", advice: Sizes);
        _verdicts = Meter.CreateCounter<long>("gateway.verdicts", "{message}", "Verdicts by action.");
        _findings = Meter.CreateCounter<long>("gateway.findings", "{finding}", "Findings by rule and action.");
        _exemptions = Meter.CreateCounter<long>("gateway.exceptions.used", "{message}", "Messages that an exception of the configuration softened, by its name.");
        _blocked = Meter.CreateCounter<long>("gateway.blocked", "{event}", "Connections, commands and messages that blocks of administrators stopped, by what the block knows them and what became of them.");
        _stage = Meter.CreateHistogram("gateway.stage.duration", "s", "Time of one stage of receiving: read, inspect, commit.", advice: Latency);
        _accept = Meter.CreateHistogram("gateway.accept.duration", "s", "From the end of data to the reply.", advice: Latency);
        _endToEnd = Meter.CreateHistogram("gateway.end_to_end.duration", "s", "From the end of data to the downstream's 250.", advice: Latency);
        _fsync = Meter.CreateHistogram("gateway.fsync.duration", "s", "Write and fsync of one commit batch.", advice: Latency);
        _batch = Meter.CreateHistogram("gateway.commit.batch", "{record}", "Records made durable by one fsync.", advice: Counts);
        _attempts = Meter.CreateCounter<long>("gateway.delivery.attempts", "{recipient}", "Recipients attempted, by outcome.");
        _delivery = Meter.CreateHistogram("gateway.delivery.duration", "s", "Time of a delivery by phase: queue, connect, transmit.", advice: Latency);
        _poison = Meter.CreateCounter<long>("gateway.poison", "{message}", "Messages found to be poison for the downstream: quarantined, limited (too many in the hour), group.");
        _bounces = Meter.CreateCounter<long>("gateway.bounces", "{notification}", "Notifications: made, delayed (waits for its turn), postmaster, withheld; and those not made, by reason: stranger, limit.");
        _suspects = Meter.CreateCounter<long>("gateway.delivery.suspects", "{attempt}", "Attempts in which the downstream failed behind DATA, by step.");
        _stalls = Meter.CreateCounter<long>("gateway.downstream.stalls", "{stall}", "Standstills of a downstream host.");
        _denied = Meter.CreateCounter<long>("gateway.management.denied", "{call}", "Calls that the management interface denied, by reason: token, host.");
        _decisions = Meter.CreateCounter<long>("gateway.quarantine.decisions", "{message}", "Review decisions by action.");
        _putOff = Meter.CreateCounter<long>("gateway.quarantine.deferred", "{message}", "Malformed messages answered 451 because they could not be quarantined, by what was short.");
        _expired = Meter.CreateCounter<long>("gateway.quarantine.expired", "{message}", "Quarantined messages discarded by age, by rule.");
        _lookups = Meter.CreateCounter<long>("gateway.dns.lookups", "{lookup}", "Questions to DNS about mail hosts: answered, failed, stale (failed, and an older answer serves).");
        _refusedRecipients = Meter.CreateCounter<long>("gateway.recipients.refused", "{recipient}", "Recipients refused at RCPT, by reason: relay_denied, no_route, loops_back.");
        _handshake = Meter.CreateHistogram("gateway.tls.handshake.duration", "s", "TLS handshakes of clients, by the version agreed or failed and by who reads the commands.", advice: Latency);
        _authentications = Meter.CreateCounter<long>("gateway.authentications", "{authentication}", "Authentications of clients, by mechanism and result.");
    }

    /// <summary>The meter, for instruments that only some processes have.</summary>
    public Meter Meter { get; }

    /// <summary>Shows a value that its owner keeps.</summary>
    /// <param name="name">With dots; Prometheus shows it with underscores, under <c>gateway_</c>.</param>
    /// <param name="unit">As in the other instruments; null for none.</param>
    /// <param name="text">What it says, for people.</param>
    /// <param name="read">Asked by whoever reads the metrics, on any thread.</param>
    public void Gauge<T>(string name, string? unit, string text, Func<T> read) where T : struct => Meter.CreateObservableGauge(name, read, unit, text);

    /// <summary>Shows values that their owner keeps, each with its labels.</summary>
    /// <param name="name">With dots; Prometheus shows it with underscores, under <c>gateway_</c>.</param>
    /// <param name="unit">As in the other instruments; null for none.</param>
    /// <param name="text">What they say, for people.</param>
    /// <param name="read">Asked by whoever reads the metrics, on any thread.</param>
    public void Gauge<T>(string name, string? unit, string text, Func<IEnumerable<Measurement<T>>> read) where T : struct =>
        Meter.CreateObservableGauge(name, read, unit, text);

    /// <summary>A malformed message was put off.</summary>
    /// <param name="shortage">What was short, of a closed catalogue.</param>
    public void QuarantineDeferred(string shortage) => _putOff.Add(1, new KeyValuePair<string, object?>("reason", shortage));

    /// <summary>Quarantined messages were discarded by their age.</summary>
    public void QuarantineExpired(string rule, int count) => _expired.Add(count, new KeyValuePair<string, object?>("rule", rule));

    /// <summary>A session began.</summary>
    public void SessionOpened() => _connectionsActive.Add(1);

    /// <summary>A session ended.</summary>
    /// <param name="end">How it ended.</param>
    /// <param name="engine">Who read its commands: kestrel or smtpserver.</param>
    /// <param name="messages">Messages answered 250 in it.</param>
    public void SessionClosed(string end, string engine, int messages)
    {
        _connectionsActive.Add(-1);
        _connections.Add(1, new KeyValuePair<string, object?>("result", end), new KeyValuePair<string, object?>("engine", engine));
        _engineMessages.Add(messages, new KeyValuePair<string, object?>("engine", engine));
    }

    /// <summary>A TLS handshake ended.</summary>
    /// <param name="result">TLS1_2, TLS1_3 or failed.</param>
    /// <param name="engine">Who reads the commands of the session: kestrel or smtpserver.</param>
    /// <param name="elapsed">From its begin.</param>
    public void TlsHandshake(string result, string engine, TimeSpan elapsed) =>
        _handshake.Record(elapsed.TotalSeconds, new KeyValuePair<string, object?>("result", result), new KeyValuePair<string, object?>("engine", engine));

    /// <summary>A client tried to authenticate.</summary>
    /// <param name="mechanism">One of ours.</param>
    /// <param name="result">ok or failed.</param>
    public void Authentication(string mechanism, string result) =>
        _authentications.Add(1, new KeyValuePair<string, object?>("mechanism", mechanism), new KeyValuePair<string, object?>("result", result));

    /// <summary>A session, or mail in it, was refused.</summary>
    /// <param name="reason">Of the closed catalogue of session notes.</param>
    public void SessionRejected(string reason) => _rejected.Add(1, new KeyValuePair<string, object?>("reason", reason));

    /// <summary>A session that ended badly had a flight record.</summary>
    /// <param name="result">written, or dropped for the rate of the log.</param>
    public void SessionRecord(string result) => _records.Add(1, new KeyValuePair<string, object?>("result", result));

    /// <summary>A message was answered.</summary>
    /// <param name="result">accepted, quarantined, rejected, failed.</param>
    /// <param name="octets">Its size.</param>
    /// <param name="accept">From the end of data to the reply.</param>
    public void MessageAnswered(string result, long octets, TimeSpan accept)
    {
        _received.Add(1, new KeyValuePair<string, object?>("result", result));
        _size.Record(octets);
        _accept.Record(accept.TotalSeconds);
    }

    /// <summary>A verdict was given.</summary>
    public void Verdict(string action) => _verdicts.Add(1, new KeyValuePair<string, object?>("action", action));

    /// <summary>A rule found something.</summary>
    public void Finding(string rule, string action) =>
        _findings.Add(1, new KeyValuePair<string, object?>("finding", rule), new KeyValuePair<string, object?>("action", action));

    /// <summary>An exception of the configuration softened what was found in a message.</summary>
    /// <param name="name">Its name, of the few that are configured.</param>
    public void ExemptionUsed(string name) => _exemptions.Add(1, new KeyValuePair<string, object?>("exception", name));

    /// <summary>A block stopped a connection, a command or a message.</summary>
    /// <param name="kind">By what it knows the mail.</param>
    /// <param name="action">What became of it.</param>
    public void Blocked(string kind, string action) =>
        _blocked.Add(1, new KeyValuePair<string, object?>("kind", kind), new KeyValuePair<string, object?>("action", action));

    /// <summary>A stage of receiving took this long.</summary>
    public void Stage(string stage, TimeSpan elapsed) =>
        _stage.Record(elapsed.TotalSeconds, new KeyValuePair<string, object?>("stage", stage));

    /// <summary>A batch became durable.</summary>
    public void Commit(int records, TimeSpan elapsed)
    {
        _batch.Record(records);
        _fsync.Record(elapsed.TotalSeconds);
    }

    /// <summary>An attempt for one recipient ended.</summary>
    public void Attempt(string outcome) => _attempts.Add(1, new KeyValuePair<string, object?>("result", outcome));

    /// <summary>A phase of a delivery took this long.</summary>
    public void Delivery(string phase, TimeSpan elapsed) =>
        _delivery.Record(elapsed.TotalSeconds, new KeyValuePair<string, object?>("phase", phase));

    /// <summary>A message reached its downstream.</summary>
    public void EndToEnd(TimeSpan elapsed) => _endToEnd.Record(elapsed.TotalSeconds);

    /// <summary>A message was found to be poison.</summary>
    /// <param name="result">quarantined, limited or group.</param>
    public void Poison(string result) => _poison.Add(1, new KeyValuePair<string, object?>("result", result));

    /// <summary>A notification was made, or was not.</summary>
    /// <param name="result">made, delayed, postmaster or withheld; stranger or limit for one that was not made.</param>
    public void Bounce(string result) => _bounces.Add(1, new KeyValuePair<string, object?>("result", result));

    /// <summary>A downstream host failed on a message behind DATA.</summary>
    public void Suspect(string step) => _suspects.Add(1, new KeyValuePair<string, object?>("step", step));

    /// <summary>A downstream host came to a standstill.</summary>
    public void Stall() => _stalls.Add(1);

    /// <summary>DNS was asked.</summary>
    /// <param name="result">answered, partial, failed or stale.</param>
    public void DnsLookup(string result) => _lookups.Add(1, new KeyValuePair<string, object?>("result", result));

    /// <summary>Counts a call that the management interface denied.</summary>
    /// <param name="reason"><c>token</c> or <c>host</c>.</param>
    public void ManagementDenied(string reason) => _denied.Add(1, new KeyValuePair<string, object?>("reason", reason));

    /// <summary>A reviewer decided.</summary>
    public void Decision(string action) => _decisions.Add(1, new KeyValuePair<string, object?>("action", action));
}
