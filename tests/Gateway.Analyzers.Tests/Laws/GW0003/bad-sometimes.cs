internal sealed class Worker(Action step, bool strict)
{
    public void Run()
    {
        try
        {
            step();
        }
        [|catch|] (Exception e) when (e is IOException or not TimeoutException)
        {
            if (strict)
            {
                throw;
            }
        }
    }
}
