using Gateway.Mime;

namespace Gateway.Relay.Message;

/// <summary>Where a queue keeps a body that outgrew memory while it is received, so that it is not written twice.</summary>
/// <remarks>
/// Promises: without a commit, disposing it deletes it; after one, the queue owns it.
/// Fails: <see cref="QueueUnavailableException"/> when there is no room.
/// Threads: one at a time.
/// </remarks>
public interface IBodyFile : IDisposable
{
    /// <summary>Adds octets to the end.</summary>
    void Append(ReadOnlySpan<byte> bytes);

    /// <summary>The octets so far, as the inspector reads them; the caller disposes the view, not the octets.</summary>
    MessageBytes View();
}
