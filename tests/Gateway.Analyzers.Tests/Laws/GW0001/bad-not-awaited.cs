internal sealed class Intake(IQueue queue)
{
    public string End(string id)
    {
        _ = [|queue.CommitAsync(id)|];
        return [|Replies.Queued(id)|];
    }

    public async Task<string> HurryAsync(string id, Task timeout)
    {
        Task commit = [|queue.CommitAsync(id)|].AsTask();
        await Task.WhenAny(commit, timeout);
        return [|Replies.Queued(id)|];
    }
}

internal interface IQueue
{
    [Durable]
    ValueTask CommitAsync(string id);
}

internal static class Replies
{
    public static readonly string LocalError = "451 4.3.0";

    [AcceptsMail]
    public static string Queued(string id) => "250 2.0.0 Ok: queued as " + id;
}
