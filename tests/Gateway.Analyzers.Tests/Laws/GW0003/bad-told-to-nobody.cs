internal sealed class CommitThread(Action step, Action close)
{
    [CatchesAll("whoever waits for the log hears of the fault, whatever it is")]
    public void Run()
    {
        try
        {
            step();
        }
        [|catch|] (Exception)
        {
            close();
        }
    }
}
