using Gateway.Relay.Delivery.Lanes;

namespace Gateway.Relay.Delivery;

/// <content>More recipients than one transaction takes: the next one follows at once, as long as each gets on.</content>
public sealed partial class DeliveryWorker
{
    /// <summary>Takes those out of the answers that were too many for the transaction; null when there is none.</summary>
    private static List<HostAnswer>? TakeSurplus(List<HostAnswer> answers)
    {
        List<HostAnswer>? surplus = null;
        foreach (HostAnswer answer in answers)
        {
            if (answer.IsSurplus)
            {
                (surplus ??= []).Add(answer);
            }
        }

        if (surplus is not null)
        {
            answers.RemoveAll(static a => a.IsSurplus);
        }

        return surplus;
    }

    /// <summary>Adds the recipients that had no turn in this transaction to what is left.</summary>
    /// <remarks>
    /// What the host deferred waits behind those that had no turn yet; when all had it, the parcel waits on its own schedule with those that
    /// are left. A transaction that brought nobody on (silence, a refusal of the whole message for now) ends the round.
    /// </remarks>
    private AttemptResult WithRest(Parcel parcel, IReadOnlyList<string> batch, List<HostAnswer> answers, List<HostAnswer>? surplus, AttemptResult result)
    {
        int before = parcel.Round?.Tried ?? 0;
        string[] open = [.. surplus?.Select(static a => a.Outcome.Recipient) ?? [], .. parcel.Recipients.Skip(before + batch.Count)];
        int tried = before + result.Remaining.Count;
        IReadOnlyList<string> left = [.. parcel.Recipients.Take(before), .. result.Remaining, .. open];
        if (result.Next != NextStep.Retry || left.Count == 0)
        {
            return result with { Remaining = left };
        }

        bool isProgress = answers.Exists(static a => a.IsDelivered || a.IsFinal) || answers.TrueForAll(static a => a.Outcome.Step == Smtp.Client.DeliveryStep.Recipient);
        if (open.Length > 0 && isProgress && parcel.Journal is not { Convicts: true })
        {
            int limit = surplus is null ? parcel.Round?.Limit ?? int.MaxValue : batch.Count - surplus.Count;
            return result with { Next = NextStep.GoOn, Remaining = left, Round = new RecipientRound(tried, limit) };
        }

        return Retry(parcel, left, result.LastReply) with { Bounce = result.Bounce };
    }
}
