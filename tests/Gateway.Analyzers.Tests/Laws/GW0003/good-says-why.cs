internal sealed class CommitThread(Action step, Action<Exception> failAll)
{
    [CatchesAll("whoever waits for the log hears of the fault, whatever it is")]
    public void Run()
    {
        try
        {
            step();
        }
        catch (Exception e)
        {
            failAll(e);
        }
    }
}
