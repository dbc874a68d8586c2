using Gateway.Spool.Format;

namespace Gateway.Spool.Log;

/// <summary>Keeps finished <see cref="PendingRecord"/>s for the next commits.</summary>
internal sealed class PendingPool
{
    private const int Maximum = 2048;

    private readonly Lock _gate = new();
    private readonly Stack<PendingRecord> _free = new();

    public PendingRecord Rent(PendingKind kind, RecordType type, SpoolId id)
    {
        PendingRecord? record;
        lock (_gate)
        {
            _free.TryPop(out record);
        }

        record ??= new PendingRecord(this);
        record.Begin(kind, type, id);
        return record;
    }

    public void Return(PendingRecord record)
    {
        lock (_gate)
        {
            if (_free.Count < Maximum)
            {
                _free.Push(record);
            }
        }
    }
}
