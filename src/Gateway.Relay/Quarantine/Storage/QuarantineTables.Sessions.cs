namespace Gateway.Relay.Quarantine.Storage;

/// <content>Sessions: each is stored once, in the parts that its quarantined messages brought.</content>
internal sealed partial class QuarantineTables
{
    private readonly Statement _joinSession;
    private readonly Statement _addPart;
    private readonly Statement _sessionOf;
    private readonly Statement _leaveSession;
    private readonly Statement _removePart;
    private readonly Statement _removeParts;
    private readonly Statement _removeSession;

    private void AddSession(long entry, StoredSession stored)
    {
        if (stored.Lines.Length == 0)
        {
            return;
        }

        long session = _joinSession.With(stored.Name).Scalar() ?? throw new InvalidOperationException("INSERT RETURNING gave no row.");
        _addPart.With(entry).With(session).With(stored.OwnFrom).With(stored.Lines.Length).With(stored.Lines.Octets).Run();
    }

    /// <summary>Takes an entry from its session: its part goes with it but for the first, and the last entry takes the session with it.</summary>
    private void LeaveSession(long entry)
    {
        if (_sessionOf.With(entry).Scalar() is not long session)
        {
            return;
        }

        if (_leaveSession.With(session).Scalar() is > 0)
        {
            _removePart.With(entry).With(session).Run();
            return;
        }

        _removeParts.With(session).Run();
        _removeSession.With(session).Run();
    }
}
