using System.Collections.Concurrent;
using System.Diagnostics;

namespace Gateway.LoadGen.Net;

/// <summary>One thread that waits for many connections at once, and the timers between them.</summary>
/// <remarks>
/// Threads: everything but <see cref="Post"/> and <see cref="Dispose"/> happens on the loop's own thread; connections need no locks.
/// Cost: one epoll_wait for all that is ready; one receive buffer for all connections, so that a thousand sessions need no more of it than one.
/// </remarks>
internal sealed class EventLoop : IDisposable
{
    private const int BufferOctets = 256 * 1024;
    private const int EventsAtOnce = 256;
    private const uint WakeSlot = uint.MaxValue;

    private readonly int _epoll = Libc.Epoll();
    private readonly int _wakeUp = Libc.WakeUp();
    private readonly ConcurrentQueue<Action> _posted = new();
    private readonly PriorityQueue<Action, long> _timers = new();
    private readonly List<Watched?> _slots = [];
    private readonly Stack<int> _free = new();
    private readonly byte[] _events = new byte[EventsAtOnce * Libc.EventSize];
    private readonly Thread _thread;
    private volatile bool _stopping;
    private uint _generation;
    private bool _fine = true;

    /// <summary>Starts the thread.</summary>
    public EventLoop(string name)
    {
        Libc.Watch(_epoll, 1, _wakeUp, Libc.Readable, WakeSlot);
        _thread = new Thread(Run) { Name = name, IsBackground = true };
        _thread.Start();
    }

    /// <summary>Where connections receive; valid until the call returns.</summary>
    public byte[] Inbox { get; } = GC.AllocateArray<byte>(BufferOctets, pinned: true);

    /// <summary>Where connections put together what they send at once.</summary>
    public byte[] Outbox { get; } = GC.AllocateArray<byte>(BufferOctets, pinned: true);

    /// <summary>What has to happen between two waits; returns when it wants to be called again at the latest (a timestamp), or <see cref="long.MaxValue"/>.</summary>
    public Func<long, long>? Between { get; set; }

    /// <summary>Why the loop died; null while it lives.</summary>
    public Exception? Fault { get; private set; }

    /// <summary>True on the loop's own thread.</summary>
    public bool IsHere => Thread.CurrentThread == _thread;

    /// <summary>Runs something on the loop's thread, soon.</summary>
    public void Post(Action action)
    {
        _posted.Enqueue(action);
        Libc.Signal(_wakeUp);
    }

    /// <summary>Runs something on the loop's thread at a timestamp.</summary>
    public void At(long timestamp, Action action) => _timers.Enqueue(action, timestamp);

    /// <summary>Watches a descriptor; the number is needed to change or end it.</summary>
    public int Watch(int descriptor, uint events, Action<uint> onEvents)
    {
        int slot = _free.Count > 0 ? _free.Pop() : _slots.Count;
        if (slot == _slots.Count)
        {
            _slots.Add(null);
        }

        // The generation tells an event of a descriptor that is closed already from one of the descriptor that took its slot.
        _generation++;
        _slots[slot] = new Watched(descriptor, _generation, onEvents);
        Libc.Watch(_epoll, 1, descriptor, events, Tag(slot, _generation));
        return slot;
    }

    /// <summary>Changes what is waited for.</summary>
    public void Change(int slot, uint events)
    {
        Watched watched = _slots[slot]!;
        Libc.Watch(_epoll, 3, watched.Descriptor, events, Tag(slot, watched.Generation));
    }

    /// <summary>Waits no more for a descriptor. It must still be open.</summary>
    public void Unwatch(int slot)
    {
        Libc.Watch(_epoll, 2, _slots[slot]!.Descriptor, 0, 0);
        Forget(slot);
    }

    /// <summary>Forgets a descriptor that is about to be closed, which ends the wait for it.</summary>
    public void Forget(int slot)
    {
        _slots[slot] = null;
        _free.Push(slot);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_stopping)
        {
            return;
        }

        _stopping = true;
        Libc.Signal(_wakeUp);
        if (!IsHere)
        {
            _thread.Join();
        }

        Libc.Close(_wakeUp);
        Libc.Close(_epoll);
    }

    private static ulong Tag(int slot, uint generation) => (uint)slot | ((ulong)generation << 32);

    private void Run()
    {
        try
        {
            while (!_stopping)
            {
                RunPosted();
                Dispatch(Wait());
            }

            RunPosted();
        }
        catch (Exception e)
        {
            Fault = e;
        }
    }

    private void RunPosted()
    {
        while (_posted.TryDequeue(out Action? action))
        {
            action();
        }
    }

    private int Wait()
    {
        long now = Stopwatch.GetTimestamp();
        long next = Between?.Invoke(now) ?? long.MaxValue;
        while (_timers.TryPeek(out Action? due, out long at))
        {
            if (at > now)
            {
                next = Math.Min(next, at);
                break;
            }

            _timers.Dequeue();
            due();
        }

        if (!_posted.IsEmpty)
        {
            next = now;
        }

        // Timestamps are nanoseconds on Linux.
        long wait = next == long.MaxValue ? -1 : Math.Max(0, next - Stopwatch.GetTimestamp());
        int count = Libc.Wait(_epoll, _events, wait, ref _fine);
        return count >= 0 || count == -Libc.Interrupted ? Math.Max(0, count) : throw new InvalidOperationException($"epoll_wait: {Libc.Text(-count)}");
    }

    private void Dispatch(int count)
    {
        for (int i = 0; i < count; i++)
        {
            (uint events, ulong tag) = Libc.Event(_events, i);
            uint slot = (uint)tag;
            if (slot == WakeSlot)
            {
                Libc.Clear(_wakeUp);
            }
            else if (_slots[(int)slot] is Watched watched && watched.Generation == (uint)(tag >> 32))
            {
                watched.OnEvents(events);
            }
        }
    }

    private sealed record Watched(int Descriptor, uint Generation, Action<uint> OnEvents);
}
