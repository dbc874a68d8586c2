internal sealed class Queue(IQueue inner) : IQueue
{
    public void Complete(string lease) => inner.Complete(lease);
}

internal interface IQueue
{
    [EndsCustody]
    void Complete(string lease);
}

internal interface IStore
{
    [Outcome]
    ValueTask AddAsync(string entry);
}

[Outcome]
internal sealed record Outcome(string Reply);
