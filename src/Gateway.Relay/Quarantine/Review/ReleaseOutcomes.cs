using Gateway.Relay.Delivery;
using Gateway.Relay.Telemetry;
using Microsoft.Extensions.Logging;

namespace Gateway.Relay.Quarantine.Review;

/// <summary>Tells the reviewer what became of released mail: a line in the entry's history for each recipient that is done with.</summary>
/// <remarks>
/// Promises: on stable storage before the recipient leaves the queue. Fails: never; a store that cannot answer costs the line and says so in the log,
/// because mail that a host has must not go out again for a record.
/// Threads: any. Cost: nothing for mail that was not released from the quarantine.
/// </remarks>
internal sealed class ReleaseOutcomes(IQuarantineStore store, ILogger log, TimeProvider time)
{
    private const string Actor = "gateway";

    /// <summary>Writes what an attempt decided, if it was one of a released message.</summary>
    [CatchesAll("further up the fault would put the message off, and the host has it: it is logged")]
    public async ValueTask NoteAsync(Decisions decisions)
    {
        if (decisions.Envelope.ReleasedFrom is not string entry)
        {
            return;
        }

        ReviewDecision[] outcomes = [.. Outcomes(decisions, entry)];
        if (outcomes.Length == 0)
        {
            return;
        }

        try
        {
            if (!await store.NoteAsync(entry, outcomes, CancellationToken.None))
            {
                return;
            }
        }
        catch (Exception e)
        {
            // Whatever it is: further up it would put the message off, and the host has it.
            GatewayLog.OutcomeNotNoted(log, e, entry, decisions.Envelope.Id);
            return;
        }

        foreach (ReviewDecision failed in outcomes.Where(static o => o.Action != QuarantineAction.Delivered))
        {
            GatewayLog.ReleaseRefused(log, entry, decisions.Envelope.Id, LogText.InBrackets(failed.Recipient), failed.Reason);
        }
    }

    private IEnumerable<ReviewDecision> Outcomes(Decisions decisions, string entry)
    {
        DateTimeOffset now = time.GetUtcNow();
        foreach (Decision decision in decisions.All)
        {
            QuarantineAction? action = decision.Status switch
            {
                DeliveryStatus.Sent => QuarantineAction.Delivered,
                DeliveryStatus.Bounced => QuarantineAction.Refused,
                DeliveryStatus.Expired => QuarantineAction.Expired,
                _ => null,
            };
            if (action is QuarantineAction final)
            {
                string said = decision.Answer is { } answer ? LogText.Reply(answer.Text) : decisions.Last;
                yield return new ReviewDecision(entry, final, now, Actor, said, decisions.Envelope.Id) { Recipient = decision.Recipient };
            }
        }
    }
}
