using System.Collections.Concurrent;
using System.Text.Json;
using Gateway.Mime;
using Gateway.Relay.Message;
using Gateway.Relay.Queue;
using Xunit;

namespace Gateway.Relay.Tests.House;

/// <summary>A mail queue without a spool: what a shared database would be to the relay, kept in memory.</summary>
/// <remarks>
/// Envelopes and states are kept in their stored form, so that what is read back is no object of the relay's. It outlives the relay that closes it, as a
/// database does; the fence goes up with each relay that recovers from it.
/// </remarks>
internal sealed class MemoryMailQueue : IMailQueue
{
    private readonly ConcurrentDictionary<MessageId, Stored> _messages = new();
    private MessageIdSource? _ids;
    private long _fence;
    private volatile bool _isClosed;

    public QueueHealth Health => _isClosed ? new QueueHealth(QueueFault.Closed, "closed") : QueueHealth.Healthy;

    public IBodyFile CreateFile() => new Body();

    /// <summary>Lets the next relay have it.</summary>
    public IMailQueue Open(MessageIdSource ids)
    {
        _ids = ids;
        _isClosed = false;
        return this;
    }

    public ValueTask<Lease> CommitAsync(MessageId id, Envelope envelope, MessageBuffer body, CancellationToken deadline)
    {
        if (_isClosed)
        {
            throw new QueueUnavailableException(QueueFault.Closed, "the queue was closed");
        }

        using MessageBytes content = body.View();
        byte[] octets = new byte[checked((int)content.Length)];
        using (Stream stream = content.OpenStream())
        {
            stream.ReadExactly(octets);
        }

        // As the log does: an id that is there already is a fault of the caller's, not a second message.
        Assert.True(_messages.TryAdd(id, new Stored(envelope.ToBytes(), octets)), $"{id} twice");
        return new(new Lease(id, Volatile.Read(ref _fence)));
    }

    public IEnumerable<Work> Recover()
    {
        long fence = Interlocked.Increment(ref _fence);
        foreach ((MessageId id, Stored stored) in _messages.OrderBy(m => m.Key))
        {
            _ids?.StartAfter(id);
            byte[]? state = stored.State;
            yield return new Work(new Lease(id, fence), Envelope.FromBytes(stored.Envelope), state is null ? null : DeliveryState.FromBytes(state));
        }
    }

    public Envelope? Find(MessageId id)
    {
        try
        {
            return _messages.TryGetValue(id, out Stored? stored) ? Envelope.FromBytes(stored.Envelope) : null;
        }
        catch (JsonException e)
        {
            throw new QueueDamagedException($"the envelope of {id} cannot be read", e);
        }
    }

    public MessageBytes Read(MessageId id) => _messages.TryGetValue(id, out Stored? stored)
        ? MessageBytes.FromMemory(stored.Body.AsMemory())
        : throw new InvalidOperationException($"{id} is not here.");

    public ValueTask DeferAsync(Lease lease, DeliveryState state, CancellationToken cancellationToken)
    {
        if (_isClosed)
        {
            throw new QueueUnavailableException(QueueFault.Closed, "the queue was closed");
        }

        if (_messages.TryGetValue(lease.Id, out Stored? stored))
        {
            stored.State = state.ToBytes();
        }

        return ValueTask.CompletedTask;
    }

    public void Complete(Lease lease) => _messages.TryRemove(lease.Id, out _);

    public ValueTask DisposeAsync()
    {
        _isClosed = true;
        return ValueTask.CompletedTask;
    }

    private sealed class Stored(byte[] envelope, byte[] body)
    {
        public byte[] Envelope => envelope;

        public byte[] Body => body;

        public byte[]? State { get; set; }
    }

    private sealed class Body : IBodyFile
    {
        private readonly MemoryStream _octets = new();

        public void Append(ReadOnlySpan<byte> bytes) => _octets.Write(bytes);

        public MessageBytes View() => MessageBytes.FromMemory(_octets.ToArray().AsMemory());

        public void Dispose() => _octets.Dispose();
    }
}
