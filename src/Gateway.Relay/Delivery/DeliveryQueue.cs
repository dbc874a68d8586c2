using System.Collections.Concurrent;
using Gateway.Relay.Queue;
using Gateway.Relay.Telemetry;
using Microsoft.Extensions.Logging;

namespace Gateway.Relay.Delivery;

/// <summary>Owns all mail that waits to leave: who is in line where, when what is tried again, how many at once.</summary>
/// <remarks>
/// Promises: a message stays here until every recipient is delivered, bounced or removed; the spool has it all the while.
/// The queue owns every timer of delivery; workers only report outcomes.
/// Threads: any.
/// </remarks>
public sealed partial class DeliveryQueue : IAsyncDisposable
{
    /// <summary>Above this many parcels in a line, envelopes are read back from the spool instead of kept.</summary>
    private const int KeepEnvelopes = 2000;

    private readonly ConcurrentDictionary<MessageId, QueuedMessage> _messages = new();
    private readonly ConcurrentDictionary<string, Destination> _destinations = new(StringComparer.OrdinalIgnoreCase);
    private readonly IMailQueue _queue;
    private readonly DeliveryWorker _worker;
    private readonly Func<RelayProfile> _profile;
    private readonly ILogger _log;
    private readonly TimeProvider _time;
    private readonly int _concurrency;
    private readonly ITimer _clock;
    private readonly CancellationTokenSource _stop = new();
    private int _running;
    private volatile bool _closed;

    /// <summary>Makes an empty queue; it works as soon as it has mail.</summary>
    /// <param name="queue">Stable storage.</param>
    /// <param name="worker">Carries out attempts.</param>
    /// <param name="profile">Routes and retry schedule.</param>
    /// <param name="concurrency">Deliveries at the same time to one destination.</param>
    /// <param name="logs">Logs.</param>
    /// <param name="time">The clock of all retries.</param>
    public DeliveryQueue(
        IMailQueue queue, DeliveryWorker worker, Func<RelayProfile> profile, int concurrency, ILoggerFactory logs, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(time);
        _queue = queue;
        _worker = worker;
        _profile = profile;
        _concurrency = concurrency;
        _log = logs.CreateLogger(LogCategories.Queue);
        _time = time;
        _clock = time.CreateTimer(_ => Tick(), null, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1));
    }

    /// <summary>Messages not finished yet.</summary>
    public int Count => _messages.Count;

    /// <summary>Takes a message that was just committed.</summary>
    public void Enqueue(Lease lease, Envelope envelope)
    {
        ArgumentNullException.ThrowIfNull(envelope);
        Enqueue(new Work(lease, envelope, null));
    }

    /// <summary>Takes a message that a previous run left.</summary>
    public void Enqueue(Work work)
    {
        ArgumentNullException.ThrowIfNull(work);
        QueuedMessage message = new(work.Lease, work.Envelope.Size) { Envelope = work.Envelope };
        _messages[message.Id] = message;
        IReadOnlyList<Parcel> parcels;
        lock (message)
        {
            parcels = Split(message, work.State?.Remaining ?? work.Envelope.Recipients, work.State?.Attempts ?? 0);
        }

        foreach (Parcel parcel in parcels)
        {
            parcel.LastReply = work.State?.LastReply ?? string.Empty;
            if (work.State is { Attempts: > 0 } state && state.Due > _time.GetUtcNow())
            {
                parcel.Due = state.Due;
                message.Envelope = null;
                parcel.Destination.Defer(parcel);
            }
            else
            {
                PutInLine(parcel);
            }
        }
    }

    /// <summary>Stops: no new attempt starts, running ones get a while to end, then they are cut off and stay in the spool.</summary>
    public async Task StopAsync(TimeSpan patience)
    {
        _closed = true;
        await _clock.DisposeAsync();
        long start = _time.GetTimestamp();
        while (Volatile.Read(ref _running) > 0 && _time.GetElapsedTime(start) < patience)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(20), _time);
        }

        await _stop.CancelAsync();
        while (Volatile.Read(ref _running) > 0 && _time.GetElapsedTime(start) < patience + TimeSpan.FromSeconds(5))
        {
            await Task.Delay(TimeSpan.FromMilliseconds(20), _time);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await StopAsync(TimeSpan.Zero);
        _stop.Dispose();
    }

    /// <summary>Groups recipients by destination; caller holds the message.</summary>
    private List<Parcel> Split(QueuedMessage message, IReadOnlyList<string> recipients, int attempts)
    {
        List<Parcel> parcels = [];
        RouteTable routes = _profile().Routes;
        if (recipients.Count == 1)
        {
            parcels.Add(new Parcel(message, DestinationOf(routes, recipients[0]), recipients) { Attempts = attempts });
        }
        else
        {
            foreach (IGrouping<Destination, string> group in recipients.GroupBy(r => DestinationOf(routes, r)))
            {
                parcels.Add(new Parcel(message, group.Key, [.. group]) { Attempts = attempts });
            }
        }

        message.Open.AddRange(parcels);
        return parcels;
    }

    private Destination DestinationOf(RouteTable routes, string recipient)
    {
        // A route that a reload took away leaves a destination without hosts: its mail waits and shows up in the listing.
        Route route = routes.Find(recipient) ?? new Route("(no route)", []);
        Destination destination = _destinations.GetOrAdd(route.Name, static (_, made) => new Destination(made.route, made.limit), (route, limit: _concurrency));
        if (!ReferenceEquals(destination.Route, route))
        {
            destination.Route = route;
        }

        return destination;
    }

    private void PutInLine(Parcel parcel, bool first = false)
    {
        Destination destination = parcel.Destination;
        if (destination.Ready > KeepEnvelopes)
        {
            parcel.Message.Envelope = null;
        }

        if (destination.Add(parcel, _time.GetTimestamp(), first))
        {
            StartWorker(destination);
        }
    }

    private void StartWorker(Destination destination)
    {
        if (_closed)
        {
            return;
        }

        Interlocked.Increment(ref _running);
        _ = Task.Run(() => WorkAsync(destination));
    }

    /// <summary>One worker: takes parcels of one destination until there is none, and applies what came of each.</summary>
    private async Task WorkAsync(Destination destination)
    {
        try
        {
            while (!_closed && destination.TryTake(_time.GetTimestamp(), out Parcel parcel))
            {
                AttemptResult result = await _worker.AttemptAsync(parcel, _stop.Token);
                await ApplyAsync(parcel, result);
            }
        }
        finally
        {
            Interlocked.Decrement(ref _running);
        }
    }

    private async ValueTask ApplyAsync(Parcel parcel, AttemptResult result)
    {
        if (result.Bounce is not null)
        {
            Enqueue(result.Bounce);
        }

        QueuedMessage message = parcel.Message;
        DeliveryState? defer = null;
        bool done = false;
        lock (message)
        {
            parcel.Recipients = result.Remaining;
            parcel.LastReply = result.LastReply;
            parcel.Attempts += result.Counts ? 1 : 0;
            if (result.Remaining.Count == 0 || message.Removed)
            {
                parcel.State = ParcelState.Closed;
                message.Open.Remove(parcel);
                done = message.Open.Count == 0;
            }
            else if (result.Next == NextStep.Retry)
            {
                parcel.Due = _time.GetUtcNow() + result.Wait;
            }

            if (!done && result.MustPersist)
            {
                defer = new DeliveryState
                {
                    Remaining = [.. message.Open.SelectMany(p => p.Recipients)],
                    Attempts = message.Open.Max(p => p.Attempts),
                    Due = message.Open.Min(p => p.Due),
                    LastReply = parcel.LastReply,
                };
            }
        }

        if (done)
        {
            Finish(message);
            return;
        }

        if (defer is not null)
        {
            await DeferAsync(message, defer);
        }

        Requeue(parcel, result.Next);
    }

    private void Requeue(Parcel parcel, NextStep next)
    {
        if (parcel.State == ParcelState.Closed)
        {
            return;
        }

        switch (next)
        {
            case NextStep.Retry:
                parcel.Message.Envelope = null;
                parcel.Destination.Defer(parcel);
                break;
            case NextStep.BackInLine:
                PutInLine(parcel, first: true);
                break;
            default:
                // Interrupted by the stop of the process: the spool has it.
                break;
        }
    }

    private async ValueTask DeferAsync(QueuedMessage message, DeliveryState state)
    {
        try
        {
            await _queue.DeferAsync(message.Lease, state, CancellationToken.None);
        }
        catch (Gateway.Spool.SpoolUnavailableException e)
        {
            // The state in memory goes on; after a restart those already served may get the message a second time.
            GatewayLog.DeliveryFault(_log, e, message.Id.ToString());
        }
    }

    private void Finish(QueuedMessage message)
    {
        if (_messages.TryRemove(message.Id, out _))
        {
            _queue.Complete(message.Lease);
            GatewayLog.Removed(_log, message.Id.ToString());
        }
    }

    /// <summary>Each second: what is due gets in line, suspended destinations get their probe, the overdue are given up.</summary>
    private void Tick()
    {
        DateTimeOffset now = _time.GetUtcNow();
        DateTimeOffset expired = now - _profile().Retry.Lifetime;
        foreach (Destination destination in _destinations.Values)
        {
            foreach (Parcel parcel in destination.TakeDue(now))
            {
                PutInLine(parcel);
            }

            if (destination.IsSuspended(_time.GetTimestamp()))
            {
                foreach (Parcel parcel in destination.TakeOlderThan(expired))
                {
                    Interlocked.Increment(ref _running);
                    _ = Task.Run(() => ExpireAsync(parcel));
                }
            }
            else
            {
                while (destination.MayStart(_time.GetTimestamp()))
                {
                    StartWorker(destination);
                }
            }
        }
    }

    private async Task ExpireAsync(Parcel parcel)
    {
        try
        {
            await ApplyAsync(parcel, await _worker.ExpireAsync(parcel));
        }
        finally
        {
            Interlocked.Decrement(ref _running);
        }
    }
}
