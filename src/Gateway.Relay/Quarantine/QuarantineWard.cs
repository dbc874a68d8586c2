using System.Threading.Channels;
using Gateway.Mime;
using Gateway.Relay.Delivery;
using Gateway.Relay.Intake;
using Gateway.Relay.Queue;
using Gateway.Relay.Telemetry;
using Gateway.Spool;
using Microsoft.Extensions.Logging;

namespace Gateway.Relay.Quarantine;

/// <summary>Moves held mail from the spool into the quarantine, and carries out what reviewers decide.</summary>
/// <remarks>
/// Promises: a held message leaves the spool only after the quarantine has it on stable storage. A released message is on stable
/// storage in the spool, under an id of its own, before the quarantine calls it released; it does not pass the inspection
/// again. A crash in the middle of a release repeats the release, it never loses the message.
/// Threads: any.
/// </remarks>
public sealed class QuarantineWard : IAsyncDisposable
{
    private const int Admitters = 8;

    private readonly Channel<Work> _incoming = Channel.CreateBounded<Work>(1024);
    private readonly CancellationTokenSource _stop = new();
    private readonly IQuarantineStore _store;
    private readonly IMailQueue _queue;
    private readonly DeliveryQueue _delivery;
    private readonly MessageIdSource _ids;
    private readonly GatewayMetrics _metrics;
    private readonly Func<RelayProfile> _profile;
    private readonly ILogger _log;
    private readonly TimeProvider _time;
    private readonly Task[] _admitters;

    /// <summary>Opens the ward.</summary>
    public QuarantineWard(
        IQuarantineStore store, IMailQueue queue, DeliveryQueue delivery, MessageIdSource ids, GatewayMetrics metrics,
        Func<RelayProfile> profile, ILoggerFactory logs, TimeProvider time)
    {
        _store = store;
        _queue = queue;
        _delivery = delivery;
        _ids = ids;
        _metrics = metrics;
        _profile = profile;
        _log = logs.CreateLogger(LogCategories.Quarantine);
        _time = time;
        // Several at once, because the store makes one transaction of what waits.
        _admitters = [.. Enumerable.Range(0, Admitters).Select(_ => Task.Run(AdmitAllAsync))];
    }

    /// <summary>The store, for listings.</summary>
    public IQuarantineStore Store => _store;

    /// <summary>Takes a held message that is in the spool; waits while the store is behind, so that only malformed mail is slowed.</summary>
    public async ValueTask AdmitAsync(Work work, CancellationToken cancellationToken)
    {
        // False when the ward closes: the message is in the spool and is admitted at the next start.
        while (await _incoming.Writer.WaitToWriteAsync(cancellationToken) && !_incoming.Writer.TryWrite(work))
        {
            // Another session took the room that was free a moment ago.
        }
    }

    /// <summary>Releases a held message: it goes to delivery as it was received.</summary>
    /// <returns>The id it travels under, or null when the message is not there or not held.</returns>
    /// <exception cref="SpoolUnavailableException">The spool takes no mail now; the message is still held.</exception>
    public async Task<MessageId?> ReleaseAsync(string id, string actor, string reason, CancellationToken cancellationToken)
    {
        MessageId releaseId = _ids.Next();
        ReviewDecision decision = new(id, QuarantineAction.Release, _time.GetUtcNow(), actor, reason, releaseId.ToString());
        if (!await _store.DecideAsync(id, [QuarantineState.Held], QuarantineState.Releasing, decision, cancellationToken))
        {
            return null;
        }

        QuarantineEntry entry = await _store.FindAsync(id, CancellationToken.None)
            ?? throw new InvalidOperationException($"Quarantine entry {id} vanished while it was released.");
        await FinishReleaseAsync(entry, actor, reason);
        return releaseId;
    }

    /// <summary>Discards a held message; its record and the decision stay.</summary>
    /// <returns>False when the message is not there or not held.</returns>
    public async Task<bool> DiscardAsync(string id, string actor, string reason, CancellationToken cancellationToken)
    {
        ReviewDecision decision = new(id, QuarantineAction.Discard, _time.GetUtcNow(), actor, reason, null);
        bool done = await _store.DecideAsync(id, [QuarantineState.Held], QuarantineState.Discarded, decision, cancellationToken);
        if (done)
        {
            Note(id, "discard", actor, reason, string.Empty);
        }

        return done;
    }

    /// <summary>Carries on with releases that a crash interrupted.</summary>
    public async Task ResumeAsync(CancellationToken cancellationToken)
    {
        foreach (QuarantineEntry entry in await _store.ReleasingAsync(cancellationToken))
        {
            // In the spool already: recovery delivers it; only the mark is missing.
            if (MessageId.TryParse(entry.ReleaseId, out MessageId releaseId) && _delivery.Find(releaseId) is not null)
            {
                await MarkReleasedAsync(entry, "gateway", "release completed after a restart");
            }
            else
            {
                await FinishReleaseAsync(entry, "gateway", "release repeated after a restart");
            }
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        // What is still in the channel is in the spool and comes back at the next start.
        _incoming.Writer.TryComplete();
        await _stop.CancelAsync();
        await Task.WhenAll(_admitters);
        _stop.Dispose();
    }

    private async Task FinishReleaseAsync(QuarantineEntry entry, string actor, string reason)
    {
        if (!MessageId.TryParse(entry.ReleaseId, out MessageId releaseId))
        {
            throw new InvalidOperationException($"Quarantine entry {entry.Id} is being released without a release id.");
        }

        Work released;
        try
        {
            released = await CommitReleasedAsync(entry, releaseId);
        }
        catch (Exception e) when (e is SpoolUnavailableException or QuarantineUnavailableException)
        {
            ReviewDecision failed = new(entry.Id, QuarantineAction.ReleaseFailed, _time.GetUtcNow(), actor, e.Message, null);
            await _store.DecideAsync(entry.Id, [QuarantineState.Releasing], QuarantineState.Held, failed, CancellationToken.None);
            throw;
        }

        await MarkReleasedAsync(entry, actor, reason);
        _delivery.Enqueue(released);
        Note(entry.Id, "release", actor, reason, entry.ReleaseId);
    }

    private async Task<Work> CommitReleasedAsync(QuarantineEntry entry, MessageId releaseId)
    {
        Envelope original = Envelope.FromBytes(entry.Envelope.Span);
        await using Stream body = await _store.OpenBodyAsync(entry.Id, CancellationToken.None)
            ?? throw new QuarantineUnavailableException($"The body of {entry.Id} is gone.");
        using IntakeBuffer buffer = new(_queue.CreateFile);
        byte[] block = new byte[64 * 1024];
        int read;
        while ((read = await body.ReadAsync(block)) > 0)
        {
            buffer.Append(block.AsSpan(0, read));
        }

        string mark = TraceHeaders.Released(_profile().HostName, releaseId, entry.Id, releaseId.Time);
        Envelope envelope = original with
        {
            Id = releaseId.ToString(),
            Trace = mark + original.Trace,
            ReceivedAt = releaseId.Time,
            ReceiveSeconds = 0,
            ReleasedFrom = entry.Id,
            Held = null,
        };
        Lease lease = await _queue.CommitAsync(releaseId, envelope, buffer, CancellationToken.None);
        return new Work(lease, envelope, null);
    }

    private async Task MarkReleasedAsync(QuarantineEntry entry, string actor, string reason)
    {
        ReviewDecision queued = new(entry.Id, QuarantineAction.ReleaseQueued, _time.GetUtcNow(), actor, reason, entry.ReleaseId);
        await _store.DecideAsync(entry.Id, [QuarantineState.Releasing], QuarantineState.Released, queued, CancellationToken.None);
    }

    private void Note(string id, string action, string actor, string reason, string releaseId)
    {
        _metrics.Decision(action);
        GatewayLog.Decision(_log, id, action, LogText.Escape(actor), LogText.Escape(reason), releaseId);
    }

    private async Task AdmitAllAsync()
    {
        try
        {
            await foreach (Work work in _incoming.Reader.ReadAllAsync(_stop.Token))
            {
                await AdmitOneAsync(work);
            }
        }
        catch (OperationCanceledException)
        {
            // The process stops; the rest is in the spool.
        }
    }

    private async Task AdmitOneAsync(Work work)
    {
        TimeSpan pause = TimeSpan.FromSeconds(1);
        while (true)
        {
            try
            {
                using MessageBytes content = _queue.Read(work.Lease.Id);
                await using Stream body = content.OpenStream();
                await _store.AddAsync(Verdicts.Entry(work.Envelope), body, _stop.Token);
                _queue.Complete(work.Lease);
                GatewayLog.Held(_log, work.Envelope.Id, work.Envelope.Held?.WorstRule ?? string.Empty);
                return;
            }
            catch (Exception e) when (e is QuarantineUnavailableException or IOException or SpoolCorruptException)
            {
                GatewayLog.QuarantineUnavailable(_log, e, work.Envelope.Id, pause.TotalSeconds);
                await Task.Delay(pause, _time, _stop.Token);
                pause = TimeSpan.FromSeconds(Math.Min(60, pause.TotalSeconds * 2));
            }
        }
    }
}
