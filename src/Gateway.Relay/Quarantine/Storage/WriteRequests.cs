namespace Gateway.Relay.Quarantine.Storage;

/// <summary>Adds an entry and its body, or its share in a body that is there already. True when the entry was new.</summary>
internal sealed class AddRequest(StoredEntry entry, TakenBody body) : WriteRequest<bool>
{
    public override int Weight => entry.Weight + (body.Inline?.Length ?? 0);

    public override bool CanWait => true;

    public override void Apply(QuarantineTables tables)
    {
        Result = tables.FindEntry(entry.Entry.Id) is null;
        if (!Result)
        {
            RemoveStaged(tables);
            return;
        }

        if (tables.ShareBody(body.Sha256) is long shared)
        {
            RemoveStaged(tables);
            tables.AddEntry(entry, shared);
            return;
        }

        long key = body.Staged ?? tables.AddBody();
        if (body.Inline is BodyPiece piece)
        {
            tables.AddPiece(key, 0, piece.Span);
        }

        if (!tables.FinishBody(key, body.Sha256, body.Length))
        {
            throw new QuarantineUnavailableException("The pieces of the body are gone: the database was opened by another process.");
        }

        tables.AddEntry(entry, key);
    }

    public override void Release() => body.Inline?.Return();

    private void RemoveStaged(QuarantineTables tables)
    {
        if (body.Staged is long staged)
        {
            tables.RemoveBody(staged);
        }
    }
}

/// <summary>Stores some pieces of a body whose end is not known yet. The result is the key of the body.</summary>
internal sealed class StagePiecesRequest(long? body, long firstPiece, IReadOnlyList<BodyPiece> pieces) : WriteRequest<long>
{
    public override int Weight => pieces.Sum(piece => piece.Length);

    public override void Apply(QuarantineTables tables)
    {
        Result = body ?? tables.AddBody();
        for (int i = 0; i < pieces.Count; i++)
        {
            tables.AddPiece(Result, firstPiece + i, pieces[i].Span);
        }
    }

    public override void Release()
    {
        foreach (BodyPiece piece in pieces)
        {
            piece.Return();
        }
    }
}

/// <summary>Removes the pieces of a body whose entry will not come. True when there was something to remove.</summary>
internal sealed class AbandonBodyRequest(long body) : WriteRequest<bool>
{
    public override bool FreesSpace => true;

    public override void Apply(QuarantineTables tables)
    {
        Result = tables.RemoveUnfinishedBody(body);
    }
}

/// <summary>Moves an entry if it is where the caller thinks it is. True when it moved.</summary>
internal sealed class DecideRequest(
    string id, QuarantineState[] from, QuarantineState to, ReviewDecision decision, DateTimeOffset recorded) : WriteRequest<bool>
{
    public override bool FreesSpace => true;

    public override void Apply(QuarantineTables tables)
    {
        Result = false;
        if (tables.FindEntry(id) is not PlacedEntry entry || !from.Contains(entry.State) || !QuarantineMoves.IsLegal(entry.State, to)
            || (entry.State == QuarantineState.Released && !tables.CanRepeatRelease(entry)))
        {
            return;
        }

        tables.MoveEntry(entry, to, decision.ReleaseId);
        tables.AddDecision(entry.Key, decision, entry.State, to, recorded);
        if (to == QuarantineState.Discarded && entry.Body is long stored)
        {
            tables.DropBody(entry.Key, stored);
        }

        Result = true;
    }
}

/// <summary>Writes what became of a released message beside the decisions about it. True when its entry is still there.</summary>
internal sealed class NoteRequest(string id, IReadOnlyList<ReviewDecision> outcomes, DateTimeOffset recorded) : WriteRequest<bool>
{
    public override void Apply(QuarantineTables tables)
    {
        Result = false;
        if (tables.FindEntry(id) is not PlacedEntry entry)
        {
            return;
        }

        foreach (ReviewDecision outcome in outcomes)
        {
            tables.AddDecision(entry.Key, outcome, entry.State, entry.State, recorded);
        }

        Result = true;
    }
}
