using Gateway.Relay.Message;

namespace Gateway.Relay.Quarantine;

/// <summary>Keeps quarantined messages with their evidence, and the decisions about them.</summary>
/// <remarks>
/// Promises: what a completed call wrote survives power loss; a state and the decision that led to it are written together.
/// Fails: <see cref="QuarantineUnavailableException"/> from every member when the storage cannot answer.
/// Threads: any thread may call. A cancelled call stops waiting; a write that was already handed over still happens.
/// </remarks>
public interface IQuarantineStore : IAsyncDisposable
{
    /// <summary>Stores a message as <see cref="QuarantineState.Quarantined"/>.</summary>
    /// <remarks>
    /// Promises: durable when complete. Idempotent by id: a second add of an id changes nothing, whatever became of the first.
    /// Fails: <see cref="ArgumentException"/> for an entry that can never be stored (bad id, envelope of more than 16 MiB).
    /// Waits while the queue to the writer is full. Identical bodies are stored once.
    /// </remarks>
    /// <param name="entry">The message without its body.</param>
    /// <param name="body">The octets as received, read from the current position to the end; not disposed.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    [Outcome]
    ValueTask AddAsync(QuarantineEntry entry, Stream body, CancellationToken cancellationToken);

    /// <summary>Reads one entry; null when there is none of this id (or the id is no id at all).</summary>
    ValueTask<QuarantineEntry?> FindAsync(string id, CancellationToken cancellationToken);

    /// <summary>Reads one page of the review list.</summary>
    Task<IReadOnlyList<QuarantineSummary>> ListAsync(QuarantineFilter filter, CancellationToken cancellationToken);

    /// <summary>Opens the body: the exact octets, seekable, of known length; null when there is no entry or no body any more.</summary>
    /// <remarks>The stream holds no lock and no connection between reads. Discarding the entry meanwhile fails the next read.</remarks>
    ValueTask<Stream?> OpenBodyAsync(string id, CancellationToken cancellationToken);

    /// <summary>Moves a message to another state and records the decision, both or neither.</summary>
    /// <remarks>
    /// Moving to <see cref="QuarantineState.Discarded"/> removes the body in the same commit. After an exception (or a cancelled wait)
    /// the move may have happened all the same: read the state before trying again.
    /// </remarks>
    /// <param name="id">The message.</param>
    /// <param name="from">The states the caller expects; of two concurrent calls that expect the same state one wins.</param>
    /// <param name="to">The state wanted.</param>
    /// <param name="decision">Who, when and why. A release id in it becomes the entry's.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>False, with nothing written, when there is no such entry, it is in none of the expected states, or the move is not legal (<see cref="QuarantineState"/>).</returns>
    ValueTask<bool> DecideAsync(
        string id,
        IReadOnlyCollection<QuarantineState> from,
        QuarantineState to,
        ReviewDecision decision,
        CancellationToken cancellationToken);

    /// <summary>Writes what became of a released message into its history; the state stays.</summary>
    /// <returns>False, with nothing written, when there is no entry of this id any more.</returns>
    ValueTask<bool> NoteAsync(string id, IReadOnlyList<ReviewDecision> outcomes, CancellationToken cancellationToken);

    /// <summary>The recipients that the release under way is for: those of the release before it that did not get the message.</summary>
    /// <returns>As they are stored; null for a first release, which is for all.</returns>
    Task<IReadOnlyList<string>?> RecipientsToRepeatAsync(string id, CancellationToken cancellationToken);

    /// <summary>Reads the whole session of a message, as far as quarantined messages brought it: other people's envelopes are in it.</summary>
    /// <returns>Oldest first; empty when there is no such message or no session.</returns>
    Task<IReadOnlyList<QuarantineSessionLine>> SessionAsync(string id, CancellationToken cancellationToken);

    /// <summary>Reads the decisions about a message, oldest first.</summary>
    Task<IReadOnlyList<ReviewDecision>> HistoryAsync(string id, CancellationToken cancellationToken);

    /// <summary>Counts messages by rule and state.</summary>
    Task<IReadOnlyList<RuleCount>> CountByRuleAsync(CancellationToken cancellationToken);

    /// <summary>Groups the messages of a filter, largest group first.</summary>
    Task<IReadOnlyList<QuarantineGroup>> GroupAsync(
        QuarantineGrouping by, QuarantineFilter filter, CancellationToken cancellationToken);

    /// <summary>What is quarantined as of the last commit, in all and by client network. Costs no query.</summary>
    QuarantineUsage Usage { get; }

    /// <summary>Discards mail that was quarantined too long, oldest first, each with a line in its audit trail.</summary>
    /// <param name="rule">Only mail this rule decided about.</param>
    /// <param name="before">Only mail received before the steady clock was there.</param>
    /// <param name="most">Messages at the most; others wait meanwhile, so keep it to some hundred.</param>
    /// <param name="actor">Who is recorded.</param>
    /// <param name="reason">Why.</param>
    /// <param name="cancellationToken">Ends the wait, not the write.</param>
    /// <returns>What was discarded; fewer than <paramref name="most"/> means that nothing is left to discard.</returns>
    Task<DiscardedMail> ExpireAsync(
        string rule, TimeSpan before, int most, string actor, string reason, CancellationToken cancellationToken);

    /// <summary>Removes released and discarded mail that was received before a time with all that is known of it; and copies of the time before an upgrade that are old.</summary>
    /// <returns>How many; fewer than <paramref name="most"/> means that nothing is left to remove.</returns>
    Task<int> ForgetAsync(TimeSpan before, int most, CancellationToken cancellationToken);

    /// <summary>When the oldest quarantined mail of each rule was received.</summary>
    Task<IReadOnlyDictionary<string, QuarantinedSince>> OldestByRuleAsync(CancellationToken cancellationToken);

    /// <summary>The entry with the greatest id, in any state: what was received last, also by a wall clock that was wrong. Null without any.</summary>
    Task<(string Id, TimeSpan Since)?> LatestAsync(CancellationToken cancellationToken);

    /// <summary>Reads the totals.</summary>
    ValueTask<QuarantineTotals> TotalsAsync(CancellationToken cancellationToken);

    /// <summary>Reads every entry in <see cref="QuarantineState.Releasing"/>, oldest first: what a restart has to finish or take back.</summary>
    Task<IReadOnlyList<QuarantineEntry>> ReleasingAsync(CancellationToken cancellationToken);
}

/// <summary>When something was received.</summary>
/// <param name="ReceivedAt">By the wall clock.</param>
/// <param name="Since">By the steady clock.</param>
public readonly record struct QuarantinedSince(DateTimeOffset ReceivedAt, TimeSpan Since);

/// <summary>What left the quarantine by its age.</summary>
/// <param name="Messages">How many messages.</param>
/// <param name="Bytes">Octets of their bodies as received.</param>
public readonly record struct DiscardedMail(int Messages, long Bytes);
