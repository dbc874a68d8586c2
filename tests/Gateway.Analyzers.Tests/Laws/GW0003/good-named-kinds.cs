internal sealed class Worker(Action step, Action<Exception> log)
{
    public void Run()
    {
        try
        {
            step();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException || IsOfTransport(e))
        {
            log(e);
        }
    }

    private static bool IsOfTransport(Exception e) => e is TimeoutException { InnerException: null };
}
