internal sealed class Intake(IQueue queue, IQueue other)
{
    public async Task<string> EndAsync(string id, bool first)
    {
        if (first)
        {
            await queue.CommitAsync(id);
        }
        else
        {
            ValueTask commit = other.CommitAsync(id);
            await commit.AsTask().WaitAsync(TimeSpan.FromSeconds(30)).ConfigureAwait(false);
        }

        return Replies.Queued(id);
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
