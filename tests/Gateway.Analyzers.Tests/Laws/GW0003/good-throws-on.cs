internal sealed class Worker(Action step, Action undo)
{
    public void Run()
    {
        try
        {
            step();
        }
        catch
        {
            undo();
            throw;
        }
    }

    public void Wrapped()
    {
        try
        {
            step();
        }
        catch (Exception e)
        {
            throw new InvalidDataException("step", e);
        }
    }
}
