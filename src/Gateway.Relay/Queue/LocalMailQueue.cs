using System.Text.Json;
using Gateway.Mime;
using Gateway.Relay.Message;
using Gateway.Relay.Telemetry;
using Gateway.Spool;
using Microsoft.Extensions.Logging;

namespace Gateway.Relay.Queue;

/// <summary>The mail queue of one node: the segmented log, whose words it translates into those of the relay.</summary>
/// <remarks>Threads: any.</remarks>
public sealed class LocalMailQueue(Gateway.Spool.Spool spool, MessageIdSource ids, ILoggerFactory logs) : IMailQueue
{
    private const int ReadAtOnce = 2048;

    private readonly ILogger _log = logs.CreateLogger(LogCategories.Spool);

    /// <inheritdoc/>
    public QueueHealth Health => SpoolFaults.Of(spool.Health);

    /// <inheritdoc/>
    public IBodyFile CreateFile()
    {
        try
        {
            return new SpoolBodyFile(spool.CreateFile());
        }
        catch (SpoolUnavailableException e)
        {
            throw SpoolFaults.Of(e);
        }
    }

    /// <inheritdoc/>
    public async ValueTask<Lease> CommitAsync(MessageId id, Envelope envelope, MessageBuffer body, CancellationToken deadline)
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

        try
        {
            if (body.File is SpoolBodyFile file)
            {
                await spool.CommitAsync(key, header, file.File, deadline);
            }
            else
            {
                await spool.CommitAsync(key, header, body.Memory, deadline);
            }
        }
        catch (SpoolUnavailableException e)
        {
            throw SpoolFaults.Of(e);
        }

        return new Lease(id, 0);
    }

    /// <inheritdoc/>
    public IEnumerable<Work> Recover()
    {
        IReadOnlyList<SpoolEntry> entries = spool.Entries;
        foreach (SpoolEntry entry in entries)
        {
            // An id must never come again, not even after the clock was set back while we were down.
            ids.StartAfter(new MessageId(entry.Id.Value));
        }

        // Read back on all processors, and the next piece while the caller takes this one: one after the other, a million take most of the start.
        Task<Work?[]> next = Task.Run(() => ReadBack(entries, 0));
        for (int from = 0; from < entries.Count; from += ReadAtOnce)
        {
            Work?[] piece = next.GetAwaiter().GetResult();
            int following = from + ReadAtOnce;
            next = Task.Run(() => ReadBack(entries, following));
            foreach (Work? work in piece)
            {
                if (work is not null)
                {
                    yield return work;
                }
            }
        }
    }

    private Work?[] ReadBack(IReadOnlyList<SpoolEntry> entries, int from)
    {
        Work?[] piece = new Work?[Math.Clamp(entries.Count - from, 0, ReadAtOnce)];
        Parallel.For(
            0,
            piece.Length,
            static () => new byte[1024],
            (i, _, buffer) =>
            {
                piece[i] = ReadBack(entries[from + i], ref buffer);
                return buffer;
            },
            static _ => { });
        return piece;
    }

    private Work? ReadBack(SpoolEntry entry, ref byte[] buffer)
    {
        MessageId id = new(entry.Id.Value);
        try
        {
            DeliveryState? state = entry.State.IsEmpty ? null : DeliveryState.FromBytes(entry.State.Span);
            ReadOnlySpan<byte> stored = spool.ReadHeader(entry.Id, ref buffer);
            return new Work(new Lease(id, 0), state?.Quarantine is null ? BriefEnvelope.Read(stored) : Envelope.FromBytes(stored), state);
        }
        catch (InvalidOperationException)
        {
            // Completed since the list was made.
            return null;
        }
        catch (Exception e) when (e is JsonException or SpoolCorruptException)
        {
            // It costs only itself: it stays where it is, named in the log, for spool verify and a person.
            GatewayLog.BadEnvelope(_log, e, id.ToString());
            return null;
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
        catch (SpoolCorruptException e)
        {
            throw SpoolFaults.Of(e);
        }
        catch (JsonException e)
        {
            throw new QueueDamagedException($"the envelope of {id} cannot be read: {e.Message}", e);
        }
    }

    /// <inheritdoc/>
    public MessageBytes Read(MessageId id)
    {
        try
        {
            SpoolBody body = spool.OpenBody(new SpoolId(id.Value));
            return MessageBytes.FromFile(body.Handle, body.Offset, body.Length, body);
        }
        catch (SpoolCorruptException e)
        {
            throw SpoolFaults.Of(e);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DeferAsync(Lease lease, DeliveryState state, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(state);
        try
        {
            await spool.UpdateAsync(new SpoolId(lease.Id.Value), state.ToBytes(), cancellationToken);
        }
        catch (SpoolUnavailableException e)
        {
            throw SpoolFaults.Of(e);
        }
    }

    /// <inheritdoc/>
    public void Complete(Lease lease) => spool.Complete(new SpoolId(lease.Id.Value));

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => spool.DisposeAsync();
}
