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
    public SpoolHealth Health => spool.Health;

    /// <inheritdoc/>
    public SpoolFile CreateFile() => spool.CreateFile();

    /// <inheritdoc/>
    public async ValueTask<Lease> CommitAsync(MessageId id, Envelope envelope, IntakeBuffer body, CancellationToken deadline)
    {
        ArgumentNullException.ThrowIfNull(envelope);
        ArgumentNullException.ThrowIfNull(body);
        SpoolId key = new(id.Value);
        byte[] header = envelope.ToBytes();
        if (header.Length + body.Length > spool.MaximumInlineBytes)
        {
            // Segments smaller than what is kept in memory are a matter of settings, not of this message.
            body.MoveToFile();
        }

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
        IReadOnlyCollection<SpoolEntry> entries = spool.Entries;
        foreach (SpoolEntry entry in entries)
        {
            // An id must never come again, not even after the clock was set back while we were down.
            ids.StartAfter(new MessageId(entry.Id.Value));
        }

        foreach (SpoolEntry entry in entries)
        {
            MessageId id = new(entry.Id.Value);
            Work work;
            try
            {
                if (Find(id) is not Envelope envelope)
                {
                    // Completed since the list was made.
                    continue;
                }

                work = new Work(new Lease(id, 0), envelope, entry.State.IsEmpty ? null : DeliveryState.FromBytes(entry.State.Span));
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
    public Envelope? Find(MessageId id)
    {
        SpoolId key = new(id.Value);
        try
        {
            return spool.Find(key) is null ? null : Envelope.FromBytes(spool.ReadHeader(key).Span);
        }
        catch (InvalidOperationException)
        {
            // Completed between the two calls.
            return null;
        }
        catch (JsonException e)
        {
            throw new SpoolCorruptException(key, $"the envelope of {id} cannot be read: {e.Message}");
        }
    }

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
