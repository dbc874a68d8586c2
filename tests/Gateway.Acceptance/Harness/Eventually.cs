namespace Gateway.Acceptance.Harness;

/// <summary>Waits for what a real process does in its own time.</summary>
/// <remarks>Nothing is timed: the patience is only there so that a broken gateway fails the test instead of hanging it.</remarks>
internal static class Eventually
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(90);

    /// <summary>Waits until a condition holds.</summary>
    public static Task TrueAsync(Func<bool> condition, string what) => TrueAsync(() => Task.FromResult(condition()), what);

    /// <summary>Waits until a condition holds.</summary>
    public static async Task TrueAsync(Func<Task<bool>> condition, string what)
    {
        DateTime limit = DateTime.UtcNow + s_patience;
        while (!await condition())
        {
            Assert.True(DateTime.UtcNow < limit, $"Not within {s_patience.TotalSeconds} s: {what}.");
            await Task.Delay(TimeSpan.FromMilliseconds(25), TestContext.Current.CancellationToken);
        }
    }
}
