internal sealed class Intake(IQueue queue)
{
    public async Task<string> EndAsync(string id, int size)
    {
        if (size > 0)
        {
            await queue.CommitAsync(id);
        }

        return [|Replies.Queued(id)|];
    }

    public async Task<string> AllAsync(string[] ids)
    {
        foreach (string id in ids)
        {
            if (id.Length == 0)
            {
                continue;
            }

            await queue.CommitAsync(id);
        }

        return [|Replies.Queued(ids[0])|];
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
