internal sealed class Delivery(IQueue queue)
{
    public void Finish(string lease, Outcome outcome)
    {
        Console.WriteLine(outcome.Reply);
        queue.Complete(lease);
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
