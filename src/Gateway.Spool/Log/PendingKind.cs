namespace Gateway.Spool.Log;

/// <summary>What a <see cref="PendingRecord"/> is for. The type of the record on disk does not tell: a copy has that of its original.</summary>
internal enum PendingKind
{
    /// <summary>A new message.</summary>
    Message,

    /// <summary>A message has a new state.</summary>
    State,

    /// <summary>A message is done.</summary>
    Done,

    /// <summary>A copy of a message that leaves a sparse segment.</summary>
    MovedMessage,

    /// <summary>A copy of a state that leaves a sparse segment.</summary>
    MovedState,

    /// <summary>A copy of a Done record that leaves a sparse segment; its message is forgotten.</summary>
    MovedDone,

    /// <summary>No record at all: its waiter waits until everything before it is durable.</summary>
    Barrier,
}
