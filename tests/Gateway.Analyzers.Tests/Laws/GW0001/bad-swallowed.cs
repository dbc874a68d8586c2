internal sealed class Intake(IQueue queue)
{
    public async Task<string> EndAsync(string id)
    {
        try
        {
            await queue.CommitAsync(id);
        }
        catch (IOException fault) when (fault.Message.Length > 0)
        {
            Console.Error.WriteLine(fault.Message);
        }

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
