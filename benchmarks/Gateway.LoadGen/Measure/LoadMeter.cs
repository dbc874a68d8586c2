using System.Collections.Concurrent;

namespace Gateway.LoadGen.Measure;

/// <summary>All that is counted and timed in one phase of a run. Source and sink write, the reporter reads.</summary>
internal sealed class LoadMeter
{
    private long _sent;
    private long _settled;
    private long _accepted;
    private long _delivered;
    private long _octetsDelivered;
    private long _lastAccepted;
    private long _lastDelivered;
    private long _connections;
    private long _foreign;
    private long _bounces;

    /// <summary>From the intended time (open loop) or from MAIL (closed loop) to the reply behind the content; clean, hostile.</summary>
    public LatencyRecorder[] Accept { get; } = [new(), new()];

    /// <summary>From MAIL written to the reply behind the content, whatever the schedule said.</summary>
    public LatencyRecorder[] Service { get; } = [new(), new()];

    /// <summary>From the intended time to the end of the message at the sink.</summary>
    public LatencyRecorder[] EndToEnd { get; } = [new(), new()];

    /// <summary>Replies that were not 2xx or 3xx.</summary>
    public ConcurrentDictionary<string, Refusals> Refusals { get; } = new(StringComparer.Ordinal);

    public long Sent => Volatile.Read(ref _sent);

    public long Accepted => Volatile.Read(ref _accepted);

    public long Delivered => Volatile.Read(ref _delivered);

    public long OctetsDelivered => Volatile.Read(ref _octetsDelivered);

    public long InFlight => Volatile.Read(ref _sent) - Volatile.Read(ref _settled);

    public long Settled => Volatile.Read(ref _settled);

    public long LastAccepted => Volatile.Read(ref _lastAccepted);

    public long LastDelivered => Volatile.Read(ref _lastDelivered);

    public long Connections => Volatile.Read(ref _connections);

    /// <summary>Messages at the sink that this run did not send.</summary>
    public long Foreign => Volatile.Read(ref _foreign);

    /// <summary>Those of them with an empty sender.</summary>
    public long Bounces => Volatile.Read(ref _bounces);

    public void CountSent() => Interlocked.Increment(ref _sent);

    public void CountConnection() => Interlocked.Increment(ref _connections);

    public void CountSettled(bool accepted, long now)
    {
        Interlocked.Increment(ref _settled);
        if (accepted)
        {
            Interlocked.Increment(ref _accepted);
            Volatile.Write(ref _lastAccepted, now);
        }
    }

    public void CountDelivered(long octets, long now)
    {
        Interlocked.Increment(ref _delivered);
        Interlocked.Add(ref _octetsDelivered, octets);
        Volatile.Write(ref _lastDelivered, now);
    }

    public void CountForeign(bool isBounce)
    {
        Interlocked.Increment(ref _foreign);
        if (isBounce)
        {
            Interlocked.Increment(ref _bounces);
        }
    }

    /// <summary>Counts a reply by code and class, and keeps the first text.</summary>
    public void CountRefusal(int code, bool isHostile, string text)
        => Refusals.GetOrAdd($"{(isHostile ? "hostile" : "clean")} {code}", static (_, t) => new Refusals(t), text).Count();
}

/// <summary>Replies with one code.</summary>
/// <param name="example">The first of them.</param>
internal sealed class Refusals(string example)
{
    private long _number;

    public string Example { get; } = example;

    public long Number => Volatile.Read(ref _number);

    public void Count() => Interlocked.Increment(ref _number);
}
