namespace Gateway.Relay.Quarantine.Storage;

/// <summary>One thing to write: everything it does is committed, or nothing.</summary>
internal abstract class WriteRequest
{
    /// <summary>Octets the request keeps in memory, roughly; bounds a batch.</summary>
    public virtual int Weight => 4096;

    /// <summary>True when nobody waits for it but the spool.</summary>
    public virtual bool CanWait => false;

    /// <summary>True when it may leave pages free that the file could do without.</summary>
    public virtual bool FreesSpace => false;

    /// <summary>Writes; may be called again after a roll-back and then starts afresh.</summary>
    public abstract void Apply(QuarantineTables tables);

    /// <summary>Tells the waiter that it is durable.</summary>
    public abstract void Succeed();

    /// <summary>Tells the waiter why it is not.</summary>
    public abstract void Fail(Exception error);

    /// <summary>Gives rented memory back; called once, when the writer has no more use for the request.</summary>
    public virtual void Release()
    {
    }
}

/// <summary>A request whose writing has a result.</summary>
internal abstract class WriteRequest<T> : WriteRequest
{
    // Without this option the writer thread would run whatever waits for the result.
    private readonly TaskCompletionSource<T> _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes when the result is durable.</summary>
    public Task<T> Completion => _completion.Task;

    /// <summary>Set by <see cref="WriteRequest.Apply"/>.</summary>
    protected T Result { get; set; } = default!;

    public sealed override void Succeed() => _completion.TrySetResult(Result);

    public sealed override void Fail(Exception error)
    {
        _completion.TrySetException(error);
        // A caller that stopped waiting never looks; the failure must not come back as an unobserved one.
        _ = _completion.Task.Exception;
    }
}
