internal sealed class Worker(Action step, Action<Exception> log)
{
    public void Run()
    {
        try
        {
            step();
        }
        [|catch|] (Exception e)
        {
            log(e);
        }
    }

    public bool Try()
    {
        try
        {
            step();
            return true;
        }
        [|catch|]
        {
            return false;
        }
    }
}
