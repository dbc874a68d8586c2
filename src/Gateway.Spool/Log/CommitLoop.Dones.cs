using Gateway.Spool.Format;
using Gateway.Spool.Storage;

namespace Gateway.Spool.Log;

/// <content>Completions: nobody waits for them, so they are flushed with what comes next, and written again when a fault undid them.</content>
internal sealed partial class CommitLoop
{
    /// <summary>Lets the body files go whose Done records are durable now.</summary>
    private void ReleaseBodies()
    {
        foreach (SpoolEntry entry in _unflushedDones)
        {
            if (entry.BodyFile != 0)
            {
                _housekeeper.DeleteBody(entry.BodyFile);
            }
        }

        _unflushedDones.Clear();
    }

    private void AddDone(SpoolEntry entry) => _ = _queue.TryAdd(PendingRecord.Done(_pool, entry), evenClosed: true);

    private void HoldDone(SpoolEntry entry) => _heldDones.Add(PendingRecord.Done(_pool, entry));

    /// <summary>Writes the completions that a fault undid before anything else, so that a flush behind them tells the truth.</summary>
    private DiskException? WriteHeldDones()
    {
        long length = RecordHeader.LengthOf(0, 0);
        while (_heldDones.Count > 0)
        {
            if (EnsureRoom(length) is { } full)
            {
                return full;
            }

            int count = (int)Math.Min(_heldDones.Count, _active!.Room / length);
            List<PendingRecord> batch = _heldDones.GetRange(0, count);
            _heldDones.RemoveRange(0, count);
            if (TryWrite(batch) is { } fault)
            {
                Fail(batch, fault);
                return fault;
            }

            Apply(batch);
        }

        return null;
    }
}
