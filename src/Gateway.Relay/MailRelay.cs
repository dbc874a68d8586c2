using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Globalization;
using Gateway.Relay.Blocks;
using Gateway.Relay.Clock;
using Gateway.Relay.Delivery;
using Gateway.Relay.Delivery.Dns;
using Gateway.Relay.Delivery.Lanes;
using Gateway.Relay.Delivery.Routes;
using Gateway.Relay.Inspection;
using Gateway.Relay.Intake;
using Gateway.Relay.Message;
using Gateway.Relay.Quarantine;
using Gateway.Relay.Quarantine.Review;
using Gateway.Relay.Quarantine.Room;
using Gateway.Relay.Quarantine.Storage;
using Gateway.Relay.Queue;
using Gateway.Relay.Telemetry;
using Gateway.Smtp.Client;
using Gateway.Spool;
using Gateway.Spool.Storage;
using Microsoft.Extensions.Logging;

namespace Gateway.Relay;

/// <summary>What a relay needs that does not change while it runs.</summary>
public sealed record MailRelaySettings
{
    /// <summary>Holds the spool (<c>spool/</c>) and the quarantine (<c>quarantine.db</c>).</summary>
    public required string DataDirectory { get; init; }

    /// <summary>Octets of a spool segment.</summary>
    public long SegmentBytes { get; init; } = 64L * 1024 * 1024;

    /// <summary>Below this much free disk no mail is taken.</summary>
    public long MinimumFreeBytes { get; init; } = 256L * 1024 * 1024;

    /// <summary>Octets that all messages being received may take in memory together.</summary>
    public long MessageMemory { get; init; } = 256L * 1024 * 1024;

    /// <summary>How long a client may wait for its message to become durable before it hears 451. Default 30 s.</summary>
    public TimeSpan CommitTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Deliveries at the same time to one destination, by kind of mail.</summary>
    public LaneLimits Lanes { get; init; } = new();

    /// <summary>What the inspection of one message may cost.</summary>
    public InspectionSettings Inspection { get; init; } = new();

    /// <summary>How downstream hosts are spoken to.</summary>
    public required DownstreamOptions Downstream { get; init; }

    /// <summary>How long a DNS server may take for one answer. Default 5 s.</summary>
    public TimeSpan DnsTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Called when storage is open and ours, before anything is delivered; what it throws ends the start. Null for nothing.</summary>
    public Func<CancellationToken, Task>? BeforeDelivery { get; init; }

    /// <summary>Accepted mail, where something else than the local log keeps it; null for the log. The relay disposes it.</summary>
    public Func<MessageIdSource, IMailQueue>? Queue { get; init; }

    /// <summary>The file system under the spool, where tests put faults and drills a full volume; null for the real one.</summary>
    public Disk? Disk { get; init; }
}

/// <summary>The whole relay, assembled: the trunk of the drawing.</summary>
/// <remarks>
/// Promises: after <see cref="OpenAsync"/> all that an earlier run accepted is in the queue or on its way to the quarantine.
/// <see cref="DisposeAsync"/> stops from the outside in: deliveries end, the quarantine closes, the spool last.
/// </remarks>
public sealed class MailRelay : IAsyncDisposable
{
    private readonly DownstreamPool[] _pools;
    private readonly InspectionScheduler _inspection;
    private readonly IMailQueue _queue;

    private MailRelay(
        IMailQueue queue, DeliveryQueue delivery, QuarantineWard quarantine, IntakeFactory receivers, GatewayMetrics metrics,
        DownstreamPool[] pools, InspectionScheduler inspection, RecoveryReport recovery)
    {
        _queue = queue;
        _pools = pools;
        _inspection = inspection;
        Delivery = delivery;
        Quarantine = quarantine;
        Receivers = receivers;
        Metrics = metrics;
        Recovery = recovery;
    }

    /// <summary>Mail waiting to leave.</summary>
    public DeliveryQueue Delivery { get; }

    /// <summary>Takes over what other queues exported.</summary>
    public required QueueImport Import { get; init; }

    /// <summary>Makes notifications.</summary>
    public required BounceWriter Bounces { get; init; }

    /// <summary>The clock of all ages.</summary>
    public required SteadyClock Clock { get; init; }

    /// <summary>Quarantined mail.</summary>
    public QuarantineWard Quarantine { get; }

    /// <summary>What SMTP sessions hand their mail to.</summary>
    public IntakeFactory Receivers { get; }

    /// <summary>Who inspects.</summary>
    internal InspectionScheduler Inspection => _inspection;

    /// <summary>The instruments.</summary>
    public GatewayMetrics Metrics { get; }

    /// <summary>What was found in the spool at the start.</summary>
    public RecoveryReport Recovery { get; }

    /// <summary>Why no mail can be taken now, or null.</summary>
    public string? UnavailableReason => Drain.Text is string order ? $"Draining: {order}"
        : _queue.Health is { IsHealthy: false } sick ? $"{sick.Reason}: {sick.Detail}"
        : _inspection.Watch.IsOverwhelmed ? $"InspectionStuck: {_inspection.Watch.Stuck} inspections do not end"
        : null;

    /// <summary>What a person should look after although clean mail is taken, or null.</summary>
    public string? Warning
    {
        get
        {
            string? full = Quarantine.Room is { IsAlmostFull: true } room
                ? string.Create(CultureInfo.InvariantCulture, $"QuarantineFull: the quarantine is {room.Fill:P0} full; at 100 % malformed mail is put off")
                : null;
            return full is not null && Clock.Warning is string leap ? $"{full}. {leap}" : full ?? Clock.Warning;
        }
    }

    /// <summary>What an administrator has stopped.</summary>
    public required BlockList Blocks { get; init; }

    /// <summary>The order to take no more mail.</summary>
    public required DrainOrder Drain { get; init; }

    /// <summary>How often exceptions were of use.</summary>
    public Policy.ExemptionLedger Exemptions => Receivers.Exemptions;

    /// <summary>Forgets one suspect, or all; what was quarantined stays quarantined.</summary>
    /// <param name="digest">The digest, or null for all.</param>
    /// <param name="actor">Who ordered it, for the log.</param>
    /// <returns>How many were forgotten.</returns>
    public int ForgetSuspects(string? digest, string actor)
    {
        int count = Suspects.Forget(digest);
        if (count > 0)
        {
            GatewayLog.SuspectsForgotten(Receivers.Log, actor, digest ?? "all", count);
        }

        return count;
    }

    /// <summary>Messages that may have killed an earlier process and are quarantined without inspection.</summary>
    public CrashList Suspects => _inspection.Watch.Suspects ?? throw new InvalidOperationException("The relay was opened without a crash ring.");

    /// <summary>Opens storage, recovers what is in it, and starts delivery.</summary>
    /// <exception cref="SpoolOpenException">Another process has the directory, or it cannot be used.</exception>
    /// <exception cref="QuarantineUnavailableException">The quarantine database cannot be used.</exception>
    public static async Task<MailRelay> OpenAsync(
        MailRelaySettings settings, Func<RelayProfile> profile, ILoggerFactory logs, IMeterFactory meters, TimeProvider time,
        CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentNullException.ThrowIfNull(logs);
        long start = time.GetTimestamp();
        GatewayMetrics metrics = new(meters);
        MessageIdSource ids = new(time);
        DataVolume volume = settings.Disk is null ? DataVolume.Real : new DataVolume(settings.Disk);
        (IMailQueue queue, RecoveryReport recovery) = settings.Queue is { } other
            ? (other(ids), new RecoveryReport())
            : await OpenLogAsync(settings, ids, metrics, logs, time, cancellationToken);
        CrashRing? ring = null;
        SqliteQuarantineStore store;
        BlockList blocks;
        try
        {
            blocks = BlockList.Open(settings.DataDirectory, time, logs.CreateLogger(LogCategories.Smtpd), metrics);
            ring = CrashRing.Open(settings.DataDirectory, time);
            store = await SqliteQuarantineStore.OpenAsync(Path.Combine(settings.DataDirectory, "quarantine.db"), time, new QuarantineStoreLimits { Volume = volume }, cancellationToken);
            if (store.Upgraded is UpgradeCopy copy)
            {
                GatewayLog.QuarantineUpgraded(logs.CreateLogger(LogCategories.Quarantine), copy.Version, copy.Path);
            }
        }
        catch
        {
            ring?.Dispose();
            await queue.DisposeAsync();
            throw;
        }

        SteadyClock clock = SteadyClock.Open(settings.DataDirectory, ids, time, logs.CreateLogger(LogCategories.Queue));
        LaneLimits lanes = settings.Lanes;
        DnsQuestions dns = DnsQuestions.Open(() => profile().DnsServers, settings.DnsTimeout, time);
        MxLookup mx = new(dns, metrics, logs.CreateLogger(LogCategories.Deliver), time) { Own = settings.Downstream.Own };
        DownstreamOptions downstream = settings.Downstream.WithResolver(mx.AddressesAsync);
        DownstreamPool clean = new(downstream.WithConnections(LaneLimits.MostClean + lanes.Spares), time);
        DownstreamPool suspects = new(downstream.WithConnections(lanes.Suspects + lanes.Spares), time);
        // Jitter needs no secret; each process differs by the time of its start.
        Random random = new(unchecked((int)Stopwatch.GetTimestamp()));
        BounceWriter bounces = new(queue, ids, profile, metrics, logs, time, clock);
        DeliveryWorker worker = new(queue, clean, suspects, bounces, metrics, profile, logs, time, clock, random)
        {
            Mx = mx,
            Outcomes = new ReleaseOutcomes(store, logs.CreateLogger(LogCategories.Quarantine), time).NoteAsync,
        };
        DeliveryQueue delivery = new(queue, worker, profile, lanes, RoutePauses.Open(settings.DataDirectory), logs, time, clock);
        FreeDisk disk = new(() => volume.FreeBytes(settings.DataDirectory), settings.MinimumFreeBytes, time);
        QuarantineWard quarantine = new(store, queue, delivery, ids, metrics, profile, logs, time, clock, disk);
        InspectionScheduler inspection = new(time, places: null, settings.Inspection, ring);
        InspectionEvents.Report(inspection.Watch, ring, logs.CreateLogger(LogCategories.Smtpd));
        MessageMemory memory = new(settings.MessageMemory, time);
        DrainOrder drain = new(time, logs.CreateLogger(LogCategories.Queue));
        IntakeFactory receivers = new(queue, delivery, quarantine, inspection, ids, metrics, profile, logs, time, clock, blocks, drain, memory, disk) { Own = settings.Downstream.Own };
        InspectionGauges.Register(metrics, memory, inspection);
        DeliveryGauges.Register(metrics, delivery);
        MailRelay relay = new(queue, delivery, quarantine, receivers, metrics, [clean, suspects], inspection, recovery)
        {
            Bounces = bounces,
            Clock = clock,
            Blocks = blocks,
            Drain = drain,
            Import = new QueueImport(queue, delivery, ids, profile, logs, time, clock),
        };
        try
        {
            await (settings.BeforeDelivery?.Invoke(cancellationToken) ?? Task.CompletedTask);
            await relay.RecoverAsync(ids, logs, time, start, cancellationToken);
            return relay;
        }
        catch
        {
            await relay.DisposeAsync();
            throw;
        }
    }

    /// <summary>Begins every counter at 0 for all values of its catalogue: called once the reader of the metrics has begun.</summary>
    public void BeginCounters()
    {
        Metrics.BeginAtZero();
        Metrics.BeginBlocked(Enum.GetValues<BlockKind>().Select(MemberName.Of), Enum.GetValues<BlockAction>().Select(MemberName.Of));
        Metrics.BeginQuarantineDeferred(Enum.GetValues<QuarantineShortage>().Where(static s => s != QuarantineShortage.None).Select(static s => s.Name()));
    }

    /// <summary>Ends deliveries: running ones get a while, the rest stays in the spool.</summary>
    public Task StopAsync(TimeSpan patience) => Delivery.StopAsync(patience);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await Delivery.DisposeAsync();
        await Quarantine.DisposeAsync();
        foreach (DownstreamPool pool in _pools)
        {
            await pool.DisposeAsync();
        }

        _inspection.Dispose();
        await Quarantine.Store.DisposeAsync();
        // Before the spool, whose lock keeps the next process out of the directory.
        Clock.Dispose();
        await _queue.DisposeAsync();
    }

    private static async Task<(IMailQueue Queue, RecoveryReport Recovery)> OpenLogAsync(
        MailRelaySettings settings, MessageIdSource ids, GatewayMetrics metrics, ILoggerFactory logs, TimeProvider time, CancellationToken cancellationToken)
    {
        SpoolOptions options = new()
        {
            Directory = Path.Combine(settings.DataDirectory, "spool"),
            SegmentBytes = settings.SegmentBytes,
            MinimumFreeBytes = settings.MinimumFreeBytes,
            CommitTimeout = settings.CommitTimeout,
        };
        Gateway.Spool.Spool spool = await Gateway.Spool.Spool.OpenAsync(options, time, new SpoolTelemetry(metrics, logs), settings.Disk, cancellationToken);
        return (new LocalMailQueue(spool, ids, logs), spool.Recovery);
    }

    private async Task RecoverAsync(MessageIdSource ids, ILoggerFactory logs, TimeProvider time, long start, CancellationToken cancellationToken)
    {
        // Ids name quarantine entries for ever: with the clock put back while we were down, a new one could meet an old one.
        if (await Quarantine.Store.LatestAsync(cancellationToken) is { } latest)
        {
            ids.StartAfter(MessageId.TryParse(latest.Id, out MessageId used) ? used : default);
            Clock.StartAfter(latest.Since);
        }

        await Quarantine.ResumeAsync(cancellationToken);
        int live = 0;
        List<Work> held = [];
        foreach (Work work in _queue.Recover())
        {
            live++;
            if (work.Envelope.Quarantine is not null)
            {
                held.Add(work);
            }
            else if (work.State is { Quarantine: not null } poison)
            {
                // Found to be poison, and stopped on the way into the quarantine.
                held.Add(work with { Envelope = work.Envelope with { Quarantine = poison.Quarantine, Recipients = poison.Remaining } });
            }
            else
            {
                Delivery.Enqueue(work);
            }
        }

        Quarantine.Readmit(held);
        Report(logs.CreateLogger(LogCategories.Spool), live, held.Count, time.GetElapsedTime(start));
    }

    private void Report(ILogger log, int live, int held, TimeSpan elapsed)
    {
        GatewayLog.Recovered(
            log, live, held, elapsed.TotalSeconds, Recovery.Segments, Recovery.Records, Recovery.Torn, Recovery.OrphanFiles);
        foreach (SpoolDamage damage in Recovery.Damage)
        {
            string id = damage.Id is SpoolId known ? new MessageId(known.Value).ToString() : "unknown";
            GatewayLog.Damage(log, damage.Kind.ToString(), damage.Segment, damage.Offset, damage.Length, id);
        }
    }
}
