internal sealed class Intake(IQueue queue)
{
    public async Task<string> EndAsync(string id)
    {
        string reply = Replies.LocalError;
        try
        {
            await queue.CommitAsync(id);
        }
        finally
        {
            reply = [|Replies.Queued(id)|];
        }

        return reply;
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
