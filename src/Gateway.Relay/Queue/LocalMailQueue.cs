using System.Text.Json;
using Gateway.Mime;
using Gateway.Relay.Intake;
using Gateway.Relay.Telemetry;
using Gateway.Spool;
using Microsoft.Extensions.Logging;

namespace Gateway.Relay.Queue;

/// <summary>The mail queue of one node: the segmented log.</summary>
/// <remarks>Threads: any.</remarks>
public sealed class LocalMailQueue(Gateway.Spool.Spool spool, MessageIdSource ids, ILoggerFactory logs) : IMailQueue
{
    private readonly ILogger _log = logs.CreateLogger(LogCategories.Spool);

    /// <inheritdoc/>
    public string? UnavailableReason => spool.Health is { IsHealthy: false } sick ? $"{sick.Reason}: {sick.Detail}" : null;

    /// <inheritdoc/>
    public SpoolFile CreateFile() => spool.CreateFile();

    /// <inheritdoc/>
    public async ValueTask<Lease> CommitAsync(MessageId id, Envelope envelope, IntakeBuffer body, CancellationToken deadline)
    {
        ArgumentNullException.ThrowIfNull(envelope);
        ArgumentNullException.ThrowIfNull(body);
        SpoolId key = new(id.Value);
        byte[] header = envelope.ToBytes();
        if (body.File is SpoolFile file)
        {
            await spool.CommitAsync(key, header, file, deadline);
        }
        else
        {
            await spool.CommitAsync(key, header, body.Memory, deadline);
        }

        return new Lease(id, 0);
    }

    /// <inheritdoc/>
    public IEnumerable<Work> Recover()
    {
        foreach (SpoolEntry entry in spool.Entries)
        {
            MessageId id = new(entry.Id.Value);
            // An id must never come again, not even after the clock was set back while we were down.
            ids.StartAfter(id);
            Work work;
            try
            {
                DeliveryState? state = entry.State.IsEmpty ? null : DeliveryState.FromBytes(entry.State.Span);
                work = new Work(new Lease(id, 0), ReadEnvelope(id), state);
            }
            catch (Exception e) when (e is JsonException or SpoolCorruptException)
            {
                // It costs only itself: it stays where it is, named in the log, for spool verify and a person.
                GatewayLog.BadEnvelope(_log, e, id.ToString());
                continue;
            }

            yield return work;
        }
    }

    /// <inheritdoc/>
    public Envelope ReadEnvelope(MessageId id) => Envelope.FromBytes(spool.ReadHeader(new SpoolId(id.Value)).Span);

    /// <inheritdoc/>
    public MessageBytes Read(MessageId id)
    {
        SpoolBody body = spool.OpenBody(new SpoolId(id.Value));
        return MessageBytes.FromFile(body.Handle, body.Offset, body.Length, body);
    }

    /// <inheritdoc/>
    public ValueTask DeferAsync(Lease lease, DeliveryState state, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(state);
        return spool.UpdateAsync(new SpoolId(lease.Id.Value), state.ToBytes(), cancellationToken);
    }

    /// <inheritdoc/>
    public void Complete(Lease lease) => spool.Complete(new SpoolId(lease.Id.Value));

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => spool.DisposeAsync();
}
