using System.Collections.Concurrent;
using Gateway.Mime;

namespace Gateway.Relay.Intake;

/// <summary>Lends inspectors, and keeps heavy inspections in a narrow lane of their own.</summary>
/// <remarks>
/// Promises: a small message is inspected at once on the thread that received it; large ones wait for one of few places, so
/// that they can never take all cores from small ones.
/// Threads: any.
/// </remarks>
public sealed class InspectionScheduler : IDisposable
{
    /// <summary>Octets from which a message counts as heavy: about a tenth of a millisecond of inspection.</summary>
    public const int HeavyBytes = 256 * 1024;

    private const int MaxIdle = 64;

    private readonly ConcurrentBag<MimeInspector> _idle = [];
    private readonly SemaphoreSlim _heavy = new(Math.Max(1, Environment.ProcessorCount / 2));

    /// <summary>Inspects one message.</summary>
    public ValueTask<InspectionReport> InspectAsync(
        MessageBytes content, WireFacts wire, InspectionContext context, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(content);
        return content.Length < HeavyBytes
            ? new(Inspect(content, wire, context, cancellationToken))
            : HeavyAsync(content, wire, context, cancellationToken);
    }

    /// <inheritdoc/>
    public void Dispose() => _heavy.Dispose();

    private async ValueTask<InspectionReport> HeavyAsync(
        MessageBytes content, WireFacts wire, InspectionContext context, CancellationToken cancellationToken)
    {
        await _heavy.WaitAsync(cancellationToken);
        try
        {
            return await Task.Run(() => Inspect(content, wire, context, cancellationToken), cancellationToken);
        }
        finally
        {
            _heavy.Release();
        }
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
