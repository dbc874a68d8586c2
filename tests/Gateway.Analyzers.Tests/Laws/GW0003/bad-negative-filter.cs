internal sealed class Worker(Action step, Action<Exception> log)
{
    public void Run()
    {
        try
        {
            step();
        }
        [|catch|] (Exception e) when (e is not OperationCanceledException)
        {
            log(e);
        }
    }

    public void Often(bool stopping)
    {
        for (int i = 0; i < 3; i++)
        {
            try
            {
                step();
            }
            [|catch|] (Exception e) when (!stopping)
            {
                log(e);
                continue;
            }
        }
    }
}
