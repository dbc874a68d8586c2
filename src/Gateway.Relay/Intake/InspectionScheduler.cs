using System.Collections.Concurrent;
using Gateway.Mime;
using Gateway.Smtp.Server;

namespace Gateway.Relay.Intake;

/// <summary>On whose behalf a message is inspected.</summary>
/// <param name="Key">The client.</param>
/// <param name="TimeAMinute">Inspection time it may take in a minute; zero for no limit.</param>
public readonly record struct InspectionClient(ClientKey Key, TimeSpan TimeAMinute);

/// <summary>Lends inspectors, and keeps heavy inspections in a narrow lane of their own.</summary>
/// <remarks>
/// Promises: a small message is inspected at once on the thread that received it; large ones wait for one of few places, so
/// that they can never take all cores from small ones. The lane is shared fairly between clients, and a client that takes more time
/// than its budget is slowed, then refused.
/// Threads: any.
/// </remarks>
public sealed class InspectionScheduler(TimeProvider? time = null, int? places = null) : IDisposable
{
    /// <summary>Octets from which a message counts as heavy: about a tenth of a millisecond of inspection.</summary>
    public const int HeavyBytes = 256 * 1024;

    private const int MaxIdle = 64;
    private const int MostOfOneClient = 64;
    private const int MostInLine = 1024;

    private readonly TimeProvider _time = time ?? TimeProvider.System;
    private readonly ConcurrentBag<MimeInspector> _idle = [];
    private readonly FairLane _heavy = new(places ?? Math.Max(1, Environment.ProcessorCount / 2), MostOfOneClient, MostInLine);

    /// <summary>What clients have taken.</summary>
    public InspectionBudget Budget { get; } = new(time ?? TimeProvider.System);

    /// <summary>Heavy messages in line.</summary>
    public int Waiting => _heavy.Waiting;

    /// <summary>Inspects one message on nobody's behalf: it is always taken.</summary>
    public async ValueTask<InspectionReport> InspectAsync(
        MessageBytes content, WireFacts wire, InspectionContext context, CancellationToken cancellationToken) =>
        await TryInspectAsync(content, wire, context, default, cancellationToken) ?? Inspect(content, wire, context, cancellationToken);

    /// <summary>Inspects one message of a client.</summary>
    /// <returns>Null when the client took too much time lately, or the line is full: it has to come again later.</returns>
    public ValueTask<InspectionReport?> TryInspectAsync(
        MessageBytes content, WireFacts wire, InspectionContext context, InspectionClient client, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(content);
        if (Budget.Wait(client.Key, client.TimeAMinute) is not TimeSpan wait)
        {
            return new((InspectionReport?)null);
        }

        return content.Length < HeavyBytes && wait == TimeSpan.Zero
            ? new(Measure(content, wire, context, client, cancellationToken))
            : HeavyAsync(content, wire, context, client, wait, cancellationToken);
    }

    /// <inheritdoc/>
    public void Dispose() => _idle.Clear();

    private async ValueTask<InspectionReport?> HeavyAsync(
        MessageBytes content, WireFacts wire, InspectionContext context, InspectionClient client, TimeSpan wait, CancellationToken cancellationToken)
    {
        if (wait > TimeSpan.Zero)
        {
            await Task.Delay(wait, _time, cancellationToken);
        }

        if (!_heavy.TryEnter(client.Key, out Task turn))
        {
            return null;
        }

        await turn;
        try
        {
            return await Task.Run(() => Measure(content, wire, context, client, cancellationToken), cancellationToken);
        }
        finally
        {
            _heavy.Leave();
        }
    }

    private InspectionReport Measure(
        MessageBytes content, WireFacts wire, InspectionContext context, InspectionClient client, CancellationToken cancellationToken)
    {
        long start = _time.GetTimestamp();
        InspectionReport report = Inspect(content, wire, context, cancellationToken);
        Budget.Take(client.Key, _time.GetElapsedTime(start), client.TimeAMinute);
        return report;
    }

    private InspectionReport Inspect(MessageBytes content, WireFacts wire, InspectionContext context, CancellationToken cancellationToken)
    {
        MimeInspector inspector = _idle.TryTake(out MimeInspector? idle) ? idle : new MimeInspector();
        InspectionReport report = inspector.Inspect(content, wire, context, cancellationToken);
        if (_idle.Count < MaxIdle)
        {
            _idle.Add(inspector);
        }

        return report;
    }
}
