internal sealed class Intake(IQueue queue)
{
    public async Task<Func<Task<string>>> EndAsync(string id)
    {
        Func<Task<string>> later = () => Task.FromResult(string.Empty);
        try
        {
            await queue.CommitAsync(id);
        }
        catch (IOException)
        {
            Console.WriteLine(id);
        }
        finally
        {
            later = async () =>
            {
                try
                {
                    await queue.CommitAsync(id);
                }
                finally
                {
                    Console.WriteLine([|Replies.Queued(id)|]);
                }

                return Replies.Queued(id);
            };
        }

        return later;
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
