internal sealed class Cleaner(IQueue queue)
{
    public void Drop(string lease) => [|queue.Complete(lease)|];
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
