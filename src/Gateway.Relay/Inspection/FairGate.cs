using Gateway.Smtp.Server;

namespace Gateway.Relay.Inspection;

/// <summary>A few places that many clients want: given out in turns of one a client, not of one a request.</summary>
/// <remarks>
/// Promises: a client that waits with one request is served after at most one request of every other client, however many they have
/// in line. The line is bounded, for one client and in all. Threads: any.
/// </remarks>
public sealed class FairGate(int places, int mostOfOne, int mostInAll)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<ClientKey, Queue<TaskCompletionSource>> _waiting = [];
    private readonly Queue<ClientKey> _turns = new();
    private int _free = places;
    private int _count;

    /// <summary>Requests in line.</summary>
    public int Waiting
    {
        get
        {
            lock (_gate)
            {
                return _count;
            }
        }
    }

    /// <summary>Waits for a place; the caller gives it back by <see cref="Leave"/>.</summary>
    /// <param name="client">Whose turn it takes.</param>
    /// <param name="turn">Completes when the place is the caller's.</param>
    /// <returns>False when the line is full.</returns>
    public bool TryEnter(ClientKey client, out Task turn)
    {
        turn = Task.CompletedTask;
        lock (_gate)
        {
            if (_free > 0)
            {
                _free--;
                return true;
            }

            bool known = _waiting.TryGetValue(client, out Queue<TaskCompletionSource>? line);
            if (_count >= mostInAll || (known && line!.Count >= mostOfOne))
            {
                return false;
            }

            if (!known)
            {
                line = new Queue<TaskCompletionSource>();
                _waiting.Add(client, line);
                _turns.Enqueue(client);
            }

            TaskCompletionSource place = new(TaskCreationOptions.RunContinuationsAsynchronously);
            line!.Enqueue(place);
            _count++;
            turn = place.Task;
            return true;
        }
    }

    /// <summary>Gives a place to the client whose turn it is.</summary>
    public void Leave()
    {
        TaskCompletionSource next;
        lock (_gate)
        {
            if (!_turns.TryDequeue(out ClientKey client))
            {
                _free++;
                return;
            }

            Queue<TaskCompletionSource> line = _waiting[client];
            next = line.Dequeue();
            _count--;
            if (line.Count > 0)
            {
                _turns.Enqueue(client);
            }
            else
            {
                _waiting.Remove(client);
            }
        }

        next.SetResult();
    }
}
