using System.Collections.Concurrent;
using Gateway.Mime;
using Gateway.Smtp.Server;

namespace Gateway.Relay.Inspection;

/// <summary>On whose behalf a message is inspected.</summary>
/// <param name="Key">The client.</param>
/// <param name="TimeAMinute">Inspection time it may take in a minute; zero for no limit.</param>
public readonly record struct InspectionClient(ClientKey Key, TimeSpan TimeAMinute);

/// <summary>Lends inspectors, keeps heavy inspections in a narrow lane of their own, and lets none of them stop the rest.</summary>
/// <remarks>
/// Promises: a small message is inspected at once; large ones wait for one of few places, so
/// that they can never take all cores from small ones. The lane is shared fairly between clients, and a client that takes more time
/// than its budget is slowed, then refused. A message that may have killed an earlier process is not inspected but quarantined, and so is one
/// whose inspection does not end: <see cref="InspectionWatch"/>.
/// Threads: any.
/// </remarks>
public sealed class InspectionScheduler : IDisposable
{
    /// <summary>Octets from which a message counts as heavy: about a tenth of a millisecond of inspection.</summary>
    public const int HeavyBytes = 256 * 1024;

    private const int MaxIdle = 64;
    private const int MostOfOneClient = 64;
    private const int MostInLine = 1024;

    private readonly InspectionLimits _limits;
    private readonly ConcurrentBag<MimeInspector> _idle = [];
    private readonly FairGate _heavy;

    /// <summary>Makes a scheduler.</summary>
    /// <param name="time">The clock; null for the system's.</param>
    /// <param name="places">Heavy inspections at the same time; null for half the processors.</param>
    /// <param name="settings">Time budget and how many inspections may be stuck; null for the defaults.</param>
    /// <param name="ring">Where inspections are marked; null for nowhere. The scheduler disposes it.</param>
    public InspectionScheduler(TimeProvider? time = null, int? places = null, InspectionSettings? settings = null, CrashRing? ring = null)
    {
        settings ??= new InspectionSettings();
        Time = time ?? TimeProvider.System;
        _limits = new InspectionLimits { Time = settings.Time };
        _heavy = new FairGate(places ?? Math.Max(1, Environment.ProcessorCount / 2), MostOfOneClient, MostInLine);
        Budget = new InspectionBudget(Time);
        Watch = new InspectionWatch(
            Time, new InspectionWatchLimits { Time = settings.Time + TimeSpan.FromSeconds(1) + (settings.Time / 4), MostStuck = settings.MostStuck }, ring);
    }

    /// <summary>What clients have taken.</summary>
    public InspectionBudget Budget { get; }

    /// <summary>What is under way, and what is stuck.</summary>
    public InspectionWatch Watch { get; }

    /// <summary>Heavy messages in line.</summary>
    public int Waiting => _heavy.Waiting;

    internal TimeProvider Time { get; }

    /// <summary>Inspects one message on nobody's behalf: it is always taken.</summary>
    public async ValueTask<InspectionReport> InspectAsync(
        MessageBytes content, WireFacts wire, InspectionContext context, UInt128 digest, CancellationToken cancellationToken) =>
        await TryInspectAsync(content, wire, context, default, digest, cancellationToken)
            ?? await StartAsync(content, wire, context, default, digest, cancellationToken)
            ?? InspectionReport.Uninspected("too many inspections are stuck", context);

    /// <summary>Inspects one message of a client.</summary>
    /// <param name="content">Its octets.</param>
    /// <param name="wire">What the scanner saw of them.</param>
    /// <param name="context">By what to judge.</param>
    /// <param name="client">On whose behalf.</param>
    /// <param name="digest">The digest of the octets, for the crash ring.</param>
    /// <param name="cancellationToken">Ends the inspection.</param>
    /// <returns>
    /// Null when the client took too much time lately, the line is full, or too many inspections are stuck: it has to come again later.
    /// </returns>
    public ValueTask<InspectionReport?> TryInspectAsync(
        MessageBytes content, WireFacts wire, InspectionContext context, InspectionClient client, UInt128 digest, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(content);
        if (Watch.Suspects is { Count: > 0 } suspects && suspects.Meets(digest))
        {
            return new(InspectionReport.Uninspected("the process died while this message was under inspection: not read again", context));
        }

        if (Watch.IsOverwhelmed || Budget.Wait(client.Key, client.TimeAMinute) is not TimeSpan wait)
        {
            return new((InspectionReport?)null);
        }

        return content.Length < HeavyBytes && wait == TimeSpan.Zero
            ? StartAsync(content, wire, context, client, digest, cancellationToken)
            : HeavyAsync(content, wire, context, client, digest, wait, cancellationToken);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Watch.Dispose();
        _idle.Clear();
    }

    /// <summary>The inspection itself, on the thread of the caller.</summary>
    internal InspectionReport Inspect(InspectionJob job)
    {
        long start = Time.GetTimestamp();
        MimeInspector inspector = _idle.TryTake(out MimeInspector? idle) ? idle : new MimeInspector(TimeProvider.System, _limits);
        InspectionReport report = inspector.Inspect(job.Content, job.Wire, job.Context, job.Cancellation);
        if (_idle.Count < MaxIdle)
        {
            _idle.Add(inspector);
        }

        Budget.Take(job.Client.Key, Time.GetElapsedTime(start), job.Client.TimeAMinute);
        return report;
    }

    private ValueTask<InspectionReport?> StartAsync(
        MessageBytes content, WireFacts wire, in InspectionContext context, InspectionClient client, UInt128 digest, CancellationToken cancellationToken) =>
        new(new InspectionJob(this, content, wire, context, client, digest, cancellationToken), token: 0);

    private async ValueTask<InspectionReport?> HeavyAsync(
        MessageBytes content, WireFacts wire, InspectionContext context, InspectionClient client, UInt128 digest, TimeSpan wait,
        CancellationToken cancellationToken)
    {
        if (wait > TimeSpan.Zero)
        {
            await Task.Delay(wait, Time, cancellationToken);
        }

        if (!_heavy.TryEnter(client.Key, out Task turn))
        {
            return null;
        }

        await turn;
        try
        {
            // An inspection that is given up gives its place back: the place is for those who wait, not for the thread.
            return await StartAsync(content, wire, context, client, digest, cancellationToken);
        }
        finally
        {
            _heavy.Leave();
        }
    }
}

/// <summary>What one message may cost, and what happens when it costs more.</summary>
public sealed record InspectionSettings
{
    /// <summary>Time after which an inspection is stopped and the message quarantined. Default 20 s.</summary>
    public TimeSpan Time { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>Inspections that may be stuck beyond their time, each with a thread, before no further message is taken. Default 4.</summary>
    public int MostStuck { get; init; } = 4;
}
