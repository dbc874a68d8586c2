internal sealed class Intake(IQueue queue)
{
    public async Task<string> EndAsync(string id)
    {
        await KeepAsync();
        return Replies.Queued(id);

        [Durable]
        async Task KeepAsync() => await queue.CommitAsync(id);
    }

    [AcceptsMail]
    public static string Accepted(string id) => Replies.Queued(id);
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
