internal sealed class Intake(IQueue queue)
{
    public async Task<Func<string>> EndAsync(string id)
    {
        Func<string> later = () => [|Replies.Queued(id)|];
        await queue.CommitAsync(id);
        return later;
    }

    public Func<string, string> Reply() => [|Replies.Queued|];
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
