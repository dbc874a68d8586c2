using System.Collections.Concurrent;
using System.Threading.Channels;
using Gateway.Relay.Clock;
using Gateway.Relay.Delivery.Lanes;
using Gateway.Relay.Delivery.Poison;
using Gateway.Relay.Delivery.Routes;
using Gateway.Relay.Message;
using Gateway.Relay.Queue;
using Gateway.Relay.Telemetry;
using Microsoft.Extensions.Logging;

namespace Gateway.Relay.Delivery;

/// <summary>Owns all mail that waits to leave: who is in line where, when what is tried again, how many at once.</summary>
/// <remarks>
/// Promises: a message stays here until every recipient is delivered, bounced or removed; the spool has it all the while.
/// The queue owns every timer of delivery; workers only report outcomes, and change neither a parcel nor a destination.
/// Threads: any.
/// </remarks>
public sealed partial class DeliveryQueue : IAsyncDisposable
{
    /// <summary>Above this many messages only the beginning of each last reply is kept.</summary>
    private const int KeepReplies = 10_000;

    private const int ShortReply = 256;

    /// <summary>Messages that wait for the quarantine to take them; beyond that the worker that found one waits.</summary>
    private const int HandedOver = 16;

    private readonly ConcurrentDictionary<MessageId, QueuedMessage> _messages = new();
    private readonly ConcurrentDictionary<string, Destination> _destinations = new(StringComparer.OrdinalIgnoreCase);
    private readonly IMailQueue _queue;
    private readonly DeliveryWorker _worker;
    private readonly Func<IDeliveryProfile> _profile;
    private readonly ILogger _log;
    private readonly TimeProvider _time;
    private readonly SteadyClock _steady;
    private readonly LaneLimits _limits;
    private readonly RoutePauses _pauses;
    private readonly Channel<Work> _poisoned = Channel.CreateBounded<Work>(HandedOver);
    private readonly ITimer _clock;
    private readonly CancellationTokenSource _stop = new();
    private readonly CancellationToken _stopping;
    private readonly TaskCompletionSource _drained = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _running;
    private volatile bool _closed;

    /// <summary>Makes an empty queue; it works as soon as it has mail.</summary>
    /// <param name="queue">Stable storage.</param>
    /// <param name="worker">Carries out attempts.</param>
    /// <param name="profile">Routes and retry schedule.</param>
    /// <param name="limits">Deliveries at the same time to one destination.</param>
    /// <param name="pauses">The routes that are stopped.</param>
    /// <param name="logs">Logs.</param>
    /// <param name="time">The clock of all retries.</param>
    /// <param name="steady">The clock of all ages.</param>
    public DeliveryQueue(
        IMailQueue queue, DeliveryWorker worker, Func<IDeliveryProfile> profile, LaneLimits limits,
        RoutePauses pauses, ILoggerFactory logs, TimeProvider time, SteadyClock steady)
    {
        ArgumentNullException.ThrowIfNull(profile);
        ArgumentNullException.ThrowIfNull(time);
        _queue = queue;
        _worker = worker;
        _profile = profile;
        _routes = profile().Routes;
        _limits = limits;
        _pauses = pauses;
        _log = logs.CreateLogger(LogCategories.Queue);
        _time = time;
        _steady = steady;
        _stopping = _stop.Token;
        _clock = time.CreateTimer(_ => Tick(), null, TickEvery, TickEvery);
    }

    /// <summary>Messages not finished yet.</summary>
    public int Count => _messages.Count;

    /// <summary>Messages that are to be held, for the quarantine to take: poison, and what an administrator removed. Each completes in the spool when it has it.</summary>
    public ChannelReader<Work> Poisoned => _poisoned.Reader;

    /// <summary>Takes a message that was just committed.</summary>
    public void Enqueue(Lease lease, Envelope envelope) => Enqueue(new Work(lease, envelope, null));

    /// <summary>Takes a message that a previous run left, or that we made ourselves.</summary>
    [Excused("GW0002", "where nothing is left to deliver, the state in the spool says so of every recipient")]
    public void Enqueue(Work work)
    {
        ArgumentNullException.ThrowIfNull(work);
        _steady.StartAfter(work.Envelope.Since);
        DeliveryState state = work.State ?? new DeliveryState { Remaining = work.Envelope.Recipients };
        QueuedMessage message = new(work.Lease, work.Envelope) { Route = state.Route };
        Split(message, work.Envelope, state);
        Parcel[] parcels = [.. message.Open];
        _messages[message.Id] = message;
        if (parcels.Length == 0)
        {
            Finish(message);
        }

        bool isDue = WaitOf(state) == TimeSpan.Zero;
        message.Hold = state.Hold;
        message.IsWarned = state.Warned;
        foreach (Parcel parcel in parcels)
        {
            if (state.Hold is not null)
            {
                message.Envelope = null;
                parcel.Destination.HoldDone(parcel);
            }
            else if (isDue)
            {
                PutInLine(parcel);
            }
            else
            {
                message.Envelope = null;
                parcel.Destination.Defer(parcel);
            }
        }
    }

    /// <summary>Stops: no new attempt starts, running ones get a while to end, then they are cut off and stay in the spool.</summary>
    public async Task StopAsync(TimeSpan patience)
    {
        _closed = true;
        await _clock.DisposeAsync();
        if (Volatile.Read(ref _running) == 0)
        {
            _drained.TrySetResult();
        }

        if (!await DrainedAsync(patience))
        {
            await _stop.CancelAsync();
            await DrainedAsync(TimeSpan.FromSeconds(5));
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await StopAsync(TimeSpan.Zero);
        _stop.Dispose();
    }

    private async Task<bool> DrainedAsync(TimeSpan patience)
    {
        try
        {
            await _drained.Task.WaitAsync(patience, _time);
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }

    /// <summary>Groups what is left by destination.</summary>
    private void Split(QueuedMessage message, Envelope envelope, DeliveryState state)
    {
        RouteTable routes = _profile().Routes;
        if (state.Remaining.Count == 1)
        {
            // An array of its own: of a million lists, the room for more would be 50 MB.
            Open(DestinationOf(routes, message, state.Remaining[0]), [state.Remaining[0]]);
            return;
        }

        foreach (IGrouping<Destination, string> group in state.Remaining.GroupBy(r => DestinationOf(routes, message, r)))
        {
            Open(group.Key, [.. group]);
        }

        void Open(Destination destination, IReadOnlyList<string> recipients)
        {
            while (!destination.TryEnlist())
            {
                destination = DestinationOf(destination.Route);
            }

            message.Open.Add(new Parcel(message, destination, envelope.Sender, recipients)
            {
                Attempts = state.Attempts,
                Due = TimestampAfter(WaitOf(state)),
                LastReply = Kept(state.LastReply),
                Journal = state.Journal is null ? null : new AttemptJournal(state.Journal.Where(n => n.Route == destination.Name)),
            });
        }
    }

    private void PutInLine(Parcel parcel, bool first = false)
    {
        if (parcel.Destination.Add(parcel, first))
        {
            StartWorker(parcel.Destination, parcel.Lane!);
        }
    }

    /// <summary>Carries out what a worker reported. Never throws, or a worker's place would be lost for good.</summary>
    [CatchesAll("the outcome is known and the state in memory goes on; what could not be written is logged")]
    private async Task ApplyAsync(Parcel parcel, AttemptResult result)
    {
        try
        {
            QueuedMessage message = parcel.Message;
            bool done;
            bool isRemoval;
            ValueTask persisted = default;
            lock (message)
            {
                bool changed = result.Next is NextStep.Retry or NextStep.AtOnce or NextStep.Hold or NextStep.Poison || result.Remaining.Count < parcel.Recipients.Count;
                // Only an order can have said so before the attempt ended.
                isRemoval = message.Quarantine is not null && result.Remaining.Count > 0;
                Move(parcel, result);
                if (message.Quarantine is not null || message.Hold is not null)
                {
                    // Ordered or found out while this part was under way.
                    PutAside(message);
                }

                if (message.Open.Count > 0 && message.Quarantine is null)
                {
                    // As well; or its route has changed.
                    Reroute(message);
                    ReturnOrdered(message);
                }

                done = message.Open.Count == 0;
                if (changed && !done)
                {
                    // Begun under the lock, so that of two parcels of one message the later state is the one that stays.
                    persisted = _queue.DeferAsync(message.Lease, Snapshot(message, parcel.LastReply), CancellationToken.None);
                }
            }

            if (result.Bounce is not null)
            {
                Enqueue(result.Bounce);
            }

            if (done)
            {
                Finish(message);
            }

            await persisted;
            if (message.Quarantine is not null)
            {
                await TakeOutAsync(message);
            }

            if (isRemoval)
            {
                GatewayLog.RemovedAfterAttempt(_log, message.Id.ToString());
            }
        }
        catch (Exception e)
        {
            // The state in memory goes on; after a restart those already served may get the message a second time.
            GatewayLog.DeliveryFault(_log, e, parcel.Message.Id.ToString());
        }
    }

    /// <summary>Puts a parcel where it belongs after an attempt; caller holds the message.</summary>
    private void Move(Parcel parcel, AttemptResult result)
    {
        QueuedMessage message = parcel.Message;
        parcel.Recipients = result.Remaining;
        parcel.LastReply = Kept(result.LastReply);
        parcel.Round = result.Round;
        if (result.Remaining.Count == 0)
        {
            parcel.Destination.Close(parcel);
            message.Open.Remove(parcel);
        }
        else if (message.Quarantine is not null)
        {
            // Ordered removed, or found to be poison at another host: not tried again.
            parcel.Destination.HoldDone(parcel);
        }
        else if (result.Next == NextStep.Retry)
        {
            parcel.Attempts++;
            parcel.Due = TimestampAfter(result.Wait);
            message.Envelope = null;
            parcel.Destination.Defer(parcel);
        }
        else if (result.Next == NextStep.AtOnce)
        {
            parcel.Attempts++;
            PutInLine(parcel);
        }
        else if (result.Next is NextStep.BackInLine or NextStep.EndOfLine or NextStep.GoOn)
        {
            PutInLine(parcel, first: result.Next != NextStep.EndOfLine);
        }
        else if (result.Next == NextStep.Poison)
        {
            message.Quarantine = result.Evidence;
            parcel.Destination.HoldDone(parcel);
        }
        else if (result.Next == NextStep.Hold)
        {
            message.Hold ??= result.LastReply;
            message.Envelope = null;
            parcel.Destination.HoldDone(parcel);
        }
    }

    // A million whole replies would be gigabytes; of so many no person reads one to its end.
    private string Kept(string reply) => _messages.Count > KeepReplies ? LogText.Cut(reply, ShortReply) : reply;

    private DeliveryState Snapshot(QueuedMessage message, string lastReply) => new()
    {
        Remaining = [.. message.Open.SelectMany(p => p.Recipients)],
        Attempts = message.Open.Max(p => p.Attempts),
        // What is in line has no due time, or one that is past: the message is tried again at once after a restart.
        Due = WallTimeOf(message.Open.Min(p => p.Due)),
        LastReply = lastReply,
        Journal = message.Open.Exists(static p => p.Journal is not null) ? [.. message.Open.SelectMany(static p => p.Journal?.Notes ?? [])] : null,
        Hold = message.Hold,
        Route = message.Route,
        Warned = message.IsWarned,
        Quarantine = message.Quarantine,
    };

    [EndsCustody]
    private void Finish(QueuedMessage message)
    {
        if (_messages.TryRemove(message.Id, out _))
        {
            _queue.Complete(message.Lease);
            GatewayLog.Removed(_log, message.Id.ToString());
        }
    }
}
