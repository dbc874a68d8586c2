internal sealed class Intake(IQueue queue)
{
    public async Task<string> EndAsync(string id)
    {
        try
        {
            await (id.Length > 0 ? queue.CommitAsync(id) : queue.CommitAsync("none"));
            return Replies.Queued(id);
        }
        finally
        {
            Console.WriteLine(id);
        }
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
