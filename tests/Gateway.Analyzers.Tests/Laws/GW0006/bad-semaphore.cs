internal sealed class Checks
{
    private readonly SemaphoreSlim _places = new(4);

    public async Task<bool> AskAsync(Func<Task<bool>> ask, CancellationToken ct)
    {
        await [|_places.WaitAsync(ct)|];
        bool answer = await ask();
        _places.Release();
        return answer;
    }

    public async Task<bool> TryAsync(Func<bool> ask, TimeSpan patience)
    {
        if (await [|_places.WaitAsync(patience)|])
        {
            return ask();
        }

        return false;
    }
}
