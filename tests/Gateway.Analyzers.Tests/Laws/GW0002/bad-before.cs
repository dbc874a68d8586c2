internal sealed class Ward(IQueue queue, IStore store)
{
    public async Task AdmitAsync(string lease)
    {
        ValueTask added = store.AddAsync(lease);
        [|queue.Complete(lease)|];
        await added;
    }

    public void Later(string lease) => Task.Run(() => [|queue.Complete(lease)|]);
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
