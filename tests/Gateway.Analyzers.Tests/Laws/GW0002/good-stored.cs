internal sealed class Ward(IQueue queue, IStore store)
{
    public async Task AdmitAsync(string lease)
    {
        try
        {
            await store.AddAsync(lease);
            queue.Complete(lease);
        }
        catch (IOException fault)
        {
            Console.Error.WriteLine(fault.Message);
        }
    }
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
