using System.Threading.Channels;
using Gateway.Mime;
using Gateway.Relay.Clock;
using Gateway.Relay.Delivery;
using Gateway.Relay.Message;
using Gateway.Relay.Quarantine.Room;
using Gateway.Relay.Queue;
using Gateway.Relay.Telemetry;
using Microsoft.Extensions.Logging;

namespace Gateway.Relay.Quarantine.Review;

/// <summary>Moves quarantined mail from the spool into the quarantine, and carries out what reviewers decide.</summary>
/// <remarks>
/// Promises: a quarantined message leaves the spool only after the quarantine has it on stable storage. A released message is on stable
/// storage in the spool, under an id of its own, before the quarantine calls it released; it does not pass the inspection
/// again. A crash in the middle of a release repeats the release, it never loses the message. A released message that did not get to
/// some recipients can be released again, to these alone.
/// Threads: any.
/// </remarks>
public sealed class QuarantineWard : IAsyncDisposable
{
    // As many as one transaction of the store can be made of: with 8, a flood is written 8 at a time.
    internal const int Admitters = 48;

    internal const int Capacity = 1024;

    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(1);

    private readonly Channel<Work> _incoming = Channel.CreateBounded<Work>(Capacity);
    private readonly CancellationTokenSource _stop = new();
    private readonly IQuarantineStore _store;
    private readonly IMailQueue _queue;
    private readonly DeliveryQueue _delivery;
    private readonly MessageIdSource _ids;
    private readonly GatewayMetrics _metrics;
    private readonly Func<IQuarantineProfile> _profile;
    private readonly ILogger _log;
    private readonly TimeProvider _time;
    private readonly SteadyClock _clock;
    private readonly Task[] _admitters;
    private readonly Task _poisoned;
    private Task _readmission = Task.CompletedTask;

    /// <summary>Opens the ward.</summary>
    public QuarantineWard(
        IQuarantineStore store, IMailQueue queue, DeliveryQueue delivery, MessageIdSource ids, GatewayMetrics metrics,
        Func<IQuarantineProfile> profile, ILoggerFactory logs, TimeProvider time, SteadyClock clock, FreeDisk? disk = null)
    {
        _store = store;
        _queue = queue;
        _delivery = delivery;
        _ids = ids;
        _metrics = metrics;
        _profile = profile;
        _log = logs.CreateLogger(LogCategories.Quarantine);
        _time = time;
        _clock = clock;
        Room = new QuarantineQuota(store.Usage, () => profile().Quarantine, metrics, _log, time, disk);
        Keeper = new QuarantineRetention(store, Room, metrics, _log, time, clock);
        QuarantineGauges.Register(metrics, store.Usage, Room);
        // Several at once, because the store makes one transaction of what waits.
        _admitters = [.. Enumerable.Range(0, Admitters).Select(_ => Task.Run(AdmitAllAsync))];
        _poisoned = Task.Run(AdmitPoisonedAsync);
    }

    /// <summary>The store, for listings.</summary>
    public IQuarantineStore Store => _store;

    /// <summary>How much more can be quarantined.</summary>
    public QuarantineQuota Room { get; }

    /// <summary>What removes old mail.</summary>
    public QuarantineRetention Keeper { get; }

    /// <summary>True when the store is so far behind that no more quarantined mail should be accepted.</summary>
    public bool IsFull => _incoming.Reader.Count >= Capacity;

    /// <summary>Takes a message that is in the spool and has to be quarantined, whatever room there is; waits while the store is behind.</summary>
    public ValueTask AdmitAsync(Work work, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(work);
        Room.Take(work.Envelope.ClientAddress, work.Envelope.Size);
        return AdmitTakenAsync(work, cancellationToken);
    }

    /// <summary>Takes a quarantined message that is in the spool and for which <see cref="Room"/> was taken; waits while the store is behind, so that only malformed mail is slowed.</summary>
    internal async ValueTask AdmitTakenAsync(Work work, CancellationToken cancellationToken)
    {
        // False when the ward closes: the message is in the spool and is admitted at the next start.
        while (await _incoming.Writer.WaitToWriteAsync(cancellationToken) && !_incoming.Writer.TryWrite(work))
        {
            // Another session took the room that was free a moment ago.
        }
    }

    /// <summary>Takes the quarantined mail that an earlier run left in the spool; does not wait, so that a sick store keeps no clean mail waiting.</summary>
    public void Readmit(IReadOnlyList<Work> held)
    {
        ArgumentNullException.ThrowIfNull(held);
        foreach (Work work in held)
        {
            // All of it before the first new message asks for room.
            Room.Take(work.Envelope.ClientAddress, work.Envelope.Size);
        }

        _readmission = Task.Run(async () =>
        {
            foreach (Work work in held)
            {
                await AdmitTakenAsync(work, CancellationToken.None);
            }
        });
    }

    /// <summary>Releases a quarantined message, or again one that was refused or given up: it goes to delivery as it was received.</summary>
    /// <remarks>Not cut off by the caller once it has begun: a release half done would wait for the next start.</remarks>
    /// <returns>The id it travels under, or null when the message is not there, or neither quarantined nor refused after its release.</returns>
    /// <exception cref="ReleaseRefusedException">It holds a false end of data and is still quarantined.</exception>
    /// <exception cref="QueueUnavailableException">The spool takes no mail now; the message is still quarantined.</exception>
    /// <exception cref="QuarantineUnavailableException">The store cannot do it now; what was begun is finished at the next start at the latest.</exception>
    public async Task<MessageId?> ReleaseAsync(string id, string actor, string reason, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        await using (Stream? body = await _store.OpenBodyAsync(id, cancellationToken))
        {
            if (body is not null && await FalseEndOfData.IsInAsync(body, cancellationToken))
            {
                throw new ReleaseRefusedException($"Message {id} holds a false end of data: the host behind could read it as two messages. Export it instead.");
            }
        }

        MessageId releaseId = _ids.Next();
        ReviewDecision decision = new(id, QuarantineAction.Release, _time.GetUtcNow(), actor, reason, releaseId.ToString());
        if (!await _store.DecideAsync(id, [QuarantineState.Quarantined, QuarantineState.Released], QuarantineState.Releasing, decision, CancellationToken.None))
        {
            return null;
        }

        QuarantineEntry entry = await _store.FindAsync(id, CancellationToken.None)
            ?? throw new InvalidOperationException($"Quarantine entry {id} vanished while it was released.");
        _delivery.Enqueue(await FinishReleaseAsync(entry, actor, reason));
        return releaseId;
    }

    /// <summary>Discards a quarantined message; its record and the decision stay.</summary>
    /// <returns>False when the message is not there or not quarantined.</returns>
    public async Task<bool> DiscardAsync(string id, string actor, string reason, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        ReviewDecision decision = new(id, QuarantineAction.Discard, _time.GetUtcNow(), actor, reason, null);
        bool done = await _store.DecideAsync(id, [QuarantineState.Quarantined], QuarantineState.Discarded, decision, CancellationToken.None);
        if (done)
        {
            Note(id, "discard", actor, reason, string.Empty);
        }

        return done;
    }

    /// <summary>Carries on with releases that a crash interrupted. One that fails again costs only itself.</summary>
    /// <remarks>
    /// Called before what the spool holds goes to delivery, and hands nothing to delivery itself: a released message that was
    /// delivered meanwhile would look as if it had never got there.
    /// </remarks>
    [CatchesAll("one entry that cannot be released is logged and keeps no other from being released")]
    public async Task ResumeAsync(CancellationToken cancellationToken)
    {
        foreach (QuarantineEntry entry in await _store.ReleasingAsync(cancellationToken))
        {
            try
            {
                // In the spool already: recovery delivers it; only the mark is missing.
                if (MessageId.TryParse(entry.ReleaseId, out MessageId releaseId) && _queue.Find(releaseId) is not null)
                {
                    await MarkReleasedAsync(entry, "gateway", "release completed after a restart");
                }
                else
                {
                    await FinishReleaseAsync(entry, "gateway", "release repeated after a restart");
                }
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                GatewayLog.ReleaseFailed(_log, e, entry.Id);
            }
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        // What is still in the channel is in the spool and comes back at the next start.
        _incoming.Writer.TryComplete();
        await _stop.CancelAsync();
        await Keeper.DisposeAsync();
        await Task.WhenAll([.. _admitters, _poisoned, _readmission]);
        _stop.Dispose();
    }

    private async Task<Work> FinishReleaseAsync(QuarantineEntry entry, string actor, string reason)
    {
        IReadOnlyList<string>? repeated = await _store.RecipientsToRepeatAsync(entry.Id, CancellationToken.None);
        Work released;
        try
        {
            released = await CommitReleasedAsync(entry, repeated);
        }
        catch (Exception e)
        {
            // Whatever it was, it is not in the spool: as it was before, so that a person can see it and try once more.
            ReviewDecision failed = new(entry.Id, QuarantineAction.ReleaseFailed, _time.GetUtcNow(), actor, e.Message, null);
            QuarantineState before = repeated is null ? QuarantineState.Quarantined : QuarantineState.Released;
            await _store.DecideAsync(entry.Id, [QuarantineState.Releasing], before, failed, CancellationToken.None);
            throw;
        }

        await MarkReleasedAsync(entry, actor, reason);
        Note(entry.Id, "release", actor, reason, released.Envelope.Id);
        return released;
    }

    private async Task<Work> CommitReleasedAsync(QuarantineEntry entry, IReadOnlyList<string>? repeated)
    {
        MessageId releaseId = MessageId.TryParse(entry.ReleaseId, out MessageId given)
            ? given
            : throw new InvalidOperationException($"Quarantine entry {entry.Id} is being released without a release id.");
        Envelope original = Envelope.FromBytes(entry.Envelope.Span);
        await using Stream body = await _store.OpenBodyAsync(entry.Id, CancellationToken.None)
            ?? throw new QuarantineUnavailableException($"The body of {entry.Id} is gone.");
        using MessageBuffer buffer = new(_queue.CreateFile);
        byte[] block = new byte[64 * 1024];
        int read;
        while ((read = await body.ReadAsync(block)) > 0)
        {
            buffer.Append(block.AsSpan(0, read));
        }

        DateTimeOffset now = _time.GetUtcNow();
        string mark = TraceHeaders.Released(_profile().HostName, releaseId, entry.Id, now);
        Envelope envelope = original with
        {
            Id = releaseId.ToString(),
            Recipients = repeated is null ? original.Recipients : [.. original.Recipients.Where(r => repeated.Contains(StoredText.Bound(r, StoredText.Field)))],
            Trace = mark + original.Trace,
            ReceivedAt = now,
            SteadyTicks = _clock.Now.Ticks,
            ReceiveSeconds = 0,
            ReleasedFrom = entry.Id,
            Quarantine = null,
        };
        Lease lease = await _queue.CommitAsync(releaseId, envelope, buffer, CancellationToken.None);
        return new Work(lease, envelope, null);
    }

    private async Task MarkReleasedAsync(QuarantineEntry entry, string actor, string reason)
    {
        ReviewDecision queued = new(entry.Id, QuarantineAction.ReleaseQueued, _time.GetUtcNow(), actor, reason, entry.ReleaseId);
        TimeSpan pause = FirstPause;
        while (true)
        {
            try
            {
                await _store.DecideAsync(entry.Id, [QuarantineState.Releasing], QuarantineState.Released, queued, _stop.Token);
                return;
            }
            catch (QuarantineUnavailableException e)
            {
                // Delivered before it is marked, it would be released once more after a restart: the mark is waited for.
                pause = await RestAsync(e, entry.Id, pause);
            }
        }
    }

    private void Note(string id, string action, string actor, string reason, string releaseId)
    {
        _metrics.Decision(action);
        GatewayLog.Decision(_log, id, action, LogText.Escape(actor), LogText.Escape(reason), releaseId);
    }

    /// <summary>Takes what delivery found to be poison, or what was removed from its queue.</summary>
    private async Task AdmitPoisonedAsync()
    {
        try
        {
            await foreach (Work work in _delivery.Poisoned.ReadAllAsync(_stop.Token))
            {
                await AdmitAsync(work, _stop.Token);
            }
        }
        catch (OperationCanceledException)
        {
            // The process stops; the rest is in the spool, which says that it is to be held.
        }
    }

    private async Task AdmitAllAsync()
    {
        try
        {
            await foreach (Work work in _incoming.Reader.ReadAllAsync(_stop.Token))
            {
                await AdmitOneAsync(work);
                // In the database it counts by itself.
                Room.GiveBack(work.Envelope.ClientAddress, work.Envelope.Size);
            }
        }
        catch (OperationCanceledException)
        {
            // The process stops; the rest is in the spool.
        }
    }

    [CatchesAll("a message that cannot be read stays in the spool and is logged, and the others go on")]
    private async Task AdmitOneAsync(Work work)
    {
        TimeSpan pause = FirstPause;
        while (true)
        {
            try
            {
                using MessageBytes content = _queue.Read(work.Lease.Id);
                await using Stream body = content.OpenStream();
                await _store.AddAsync(QuarantineEntry.Of(work.Envelope), body, _stop.Token);
                _queue.Complete(work.Lease);
                GatewayLog.Admitted(_log, work.Envelope.Id, work.Envelope.Quarantine?.WorstRule ?? string.Empty);
                return;
            }
            catch (QuarantineUnavailableException e)
            {
                // The store's trouble is every message's: there is nothing better to do than to wait.
                pause = await RestAsync(e, work.Envelope.Id, pause);
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                // This message's own, for example octets that cannot be read: it stays in the spool and the others go on.
                GatewayLog.NotAdmitted(_log, e, work.Envelope.Id);
                return;
            }
        }
    }

    /// <summary>Waits while the store is sick; returns the next, longer pause.</summary>
    private async Task<TimeSpan> RestAsync(QuarantineUnavailableException fault, string id, TimeSpan pause)
    {
        GatewayLog.QuarantineUnavailable(_log, fault, id, pause.TotalSeconds);
        await Task.Delay(pause, _time, _stop.Token);
        return TimeSpan.FromSeconds(Math.Min(60, pause.TotalSeconds * 2));
    }
}
