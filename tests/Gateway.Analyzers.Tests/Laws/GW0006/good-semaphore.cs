internal sealed class Checks
{
    private readonly SemaphoreSlim _places = new(4);

    public async Task<bool> AskAsync(Func<Task<bool>> ask, CancellationToken ct)
    {
        await _places.WaitAsync(ct);
        try
        {
            return await ask();
        }
        finally
        {
            _places.Release();
        }
    }

    [Takes("place")]
    public async Task EnterAsync(Action started, CancellationToken ct)
    {
        await _places.WaitAsync(ct);
        try
        {
            started();
        }
        catch
        {
            _places.Release();
            throw;
        }
    }

    [GivesBack("place")]
    public void Leave() => _places.Release();
}
