namespace Gateway.Relay.Quarantine.Storage;

/// <summary>Discards quarantined mail of one rule that is older than it is quarantined, oldest first. The result is what left.</summary>
internal sealed class ExpireRequest(string rule, TimeSpan before, int most, string actor, string reason, DateTimeOffset now) : WriteRequest<DiscardedMail>
{
    public override bool FreesSpace => true;

    public override void Apply(QuarantineTables tables)
    {
        Result = default;
        foreach (PlacedEntry entry in tables.OldestQuarantined(rule, before, most))
        {
            tables.MoveEntry(entry, QuarantineState.Discarded, releaseId: null);
            ReviewDecision decision = new(entry.Id, QuarantineAction.Discard, now, actor, reason, null);
            tables.AddDecision(entry.Key, decision, entry.State, QuarantineState.Discarded, now);
            if (entry.Body is long body)
            {
                tables.DropBody(entry.Key, body);
            }

            Result = new DiscardedMail(Result.Messages + 1, Result.Bytes + entry.Size);
        }
    }
}

/// <summary>Removes entries in a final state with all that is known of them, oldest first of each state. The result is how many.</summary>
internal sealed class ForgetRequest(TimeSpan before, int most) : WriteRequest<int>
{
    public override bool FreesSpace => true;

    public override void Apply(QuarantineTables tables)
    {
        Result = 0;
        foreach (QuarantineState state in (ReadOnlySpan<QuarantineState>)[QuarantineState.Discarded, QuarantineState.Released])
        {
            foreach (PlacedEntry entry in tables.OldestSettled(state, before, most - Result))
            {
                tables.RemoveEntry(entry);
                Result++;
            }
        }
    }
}
