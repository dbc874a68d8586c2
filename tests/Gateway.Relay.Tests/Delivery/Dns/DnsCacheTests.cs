using Gateway.Relay.Delivery.Dns;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Gateway.Relay.Tests.Delivery.Dns;

public sealed class DnsCacheTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private readonly FakeTimeProvider _time = new();
    private readonly List<string> _asked = [];
    private readonly List<string> _notes = [];
    private DnsAnswer<string> _next = Good("one", 60);

    private DnsCache<string> Cache(Func<string, Task<DnsAnswer<string>>>? ask = null) => new(
        ask ?? (name =>
        {
            _asked.Add(name);
            return Task.FromResult(_next);
        }),
        _time,
        static v => v != "none",
        asked: (name, answer, overdue) => _notes.Add($"{name} {(answer.IsStale ? "stale" : answer.IsFailure ? "failed" : "ok")} {overdue.TotalSeconds:0}"),
        merge: static (whole, part) => $"{part}+{whole}");

    [Fact]
    public async Task GetAsync_WithinTheTimeToLive_AsksOnce()
    {
        DnsCache<string> cache = Cache();
        Assert.Equal("one", await ValueAsync(cache));
        _next = Good("two", 60);
        _time.Advance(TimeSpan.FromSeconds(59));
        Assert.Equal("one", await ValueAsync(cache));
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal("two", await ValueAsync(cache));
        Assert.Equal(2, _asked.Count);
    }

    [Theory]
    [InlineData(0, 5)]
    [InlineData(86400 * 30, 86400)]
    public async Task GetAsync_TimeToLiveBeyondTheBounds_IsBounded(int seconds, int used)
    {
        DnsCache<string> cache = Cache();
        _next = Good("one", seconds);
        await ValueAsync(cache);
        _time.Advance(TimeSpan.FromSeconds(used - 1));
        await ValueAsync(cache);
        Assert.Single(_asked);
        _time.Advance(TimeSpan.FromSeconds(1));
        await ValueAsync(cache);
        Assert.Equal(2, _asked.Count);
    }

    [Fact]
    public async Task GetAsync_DnsFails_TheOldAnswerServesThreeDaysAndIsTold()
    {
        DnsCache<string> cache = Cache();
        await ValueAsync(cache);
        _next = new DnsAnswer<string>(true, null, TimeSpan.Zero, "SERVFAIL");
        _time.Advance(TimeSpan.FromSeconds(70));
        DnsAnswer<string> stale = await cache.GetAsync("a.test", Ct);
        Assert.Equal(("one", true), (stale.Value, stale.IsStale));
        Assert.Equal("a.test stale 10", _notes[^1]);

        _time.Advance(TimeSpan.FromSeconds(29));
        await ValueAsync(cache);
        Assert.Equal(2, _asked.Count);

        _time.Advance(TimeSpan.FromDays(3));
        Assert.True((await cache.GetAsync("a.test", Ct)).IsFailure);
        _next = Good("two", 60);
        _time.Advance(DnsCache<string>.FailureHold);
        Assert.Equal("two", await ValueAsync(cache));
    }

    [Fact]
    public async Task GetAsync_DnsIsSilent_TheOldAnswerServesAfterAMoment_ThenAtOnce()
    {
        TaskCompletionSource<DnsAnswer<string>> silence = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Task<DnsAnswer<string>> next = Task.FromResult(Good("one", 60));
        DnsCache<string> cache = Cache(_ => next);
        await ValueAsync(cache);
        next = silence.Task;
        _time.Advance(TimeSpan.FromSeconds(70));
        Task<DnsAnswer<string>> first = cache.GetAsync("a.test", Ct).AsTask();
        Assert.False(first.IsCompleted);
        _time.Advance(DnsCache<string>.Patience);
        Assert.Equal(("one", true), ((await first).Value, (await first).IsStale));
        Assert.Equal("a.test stale 12", _notes[^1]);

        ValueTask<DnsAnswer<string>> second = cache.GetAsync("a.test", Ct);
        Assert.True(second.IsCompleted);
        Assert.True((await second).IsStale);
        Assert.Equal(2, _notes.Count);

        silence.SetResult(Good("two", 60));
        while (await ValueAsync(cache) != "two")
        {
            await Task.Yield();
        }

        Assert.Equal("a.test ok 0", _notes[^1]);
    }

    [Fact]
    public async Task GetAsync_NegativeAnswer_PutsAnEndToTheOldOne()
    {
        DnsCache<string> cache = Cache();
        await ValueAsync(cache);
        _time.Advance(TimeSpan.FromMinutes(2));
        _next = Good("none", 60);
        Assert.Equal("none", await ValueAsync(cache));
        _time.Advance(TimeSpan.FromMinutes(2));
        _next = new DnsAnswer<string>(true, null, TimeSpan.Zero, "SERVFAIL");
        Assert.True((await cache.GetAsync("a.test", Ct)).IsFailure);
    }

    [Fact]
    public async Task GetAsync_ManyAtOnce_AskOnce()
    {
        TaskCompletionSource<DnsAnswer<string>> answer = new();
        int asked = 0;
        DnsCache<string> cache = Cache(_ =>
        {
            asked++;
            return answer.Task;
        });
        Task<DnsAnswer<string>>[] waiting = [.. Enumerable.Range(0, 50).Select(_ => cache.GetAsync("a.test", Ct).AsTask())];
        answer.SetResult(Good("one", 60));
        Assert.All(await Task.WhenAll(waiting), a => Assert.Equal("one", a.Value));
        Assert.Equal(1, asked);
    }

    [Fact]
    public async Task GetAsync_PartOfAnAnswer_ServesHalfAMinuteAndNeverReplacesTheWhole()
    {
        DnsCache<string> cache = Cache();
        _next = Good("part", 86400) with { IsPartial = true };
        Assert.Equal("part", await ValueAsync(cache));
        _next = Good("one", 60);
        _time.Advance(TimeSpan.FromSeconds(29));
        Assert.Equal("part", await ValueAsync(cache));
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal("one", await ValueAsync(cache));

        _next = Good("part", 86400) with { IsPartial = true };
        _time.Advance(TimeSpan.FromSeconds(60));
        Assert.Equal("part+one", await ValueAsync(cache));
        _next = new DnsAnswer<string>(true, null, TimeSpan.Zero, "SERVFAIL");
        _time.Advance(TimeSpan.FromSeconds(30));
        Assert.Equal("one", await ValueAsync(cache));
        _next = Good("two", 60);
        _time.Advance(TimeSpan.FromSeconds(30));
        Assert.Equal("two", await ValueAsync(cache));
    }

    [Theory]
    [InlineData(0, 30)]
    [InlineData(15, 30)]
    [InlineData(28, 33)]
    public async Task GetAsync_AQuestionThatFailedSlowly_IsAskedAgainCountedFromItsBegin(int took, int again)
    {
        TaskCompletionSource<DnsAnswer<string>> slow = new();
        int asked = 0;
        DnsCache<string> cache = Cache(_ => ++asked == 1 ? slow.Task : Task.FromResult(Good("one", 60)));
        Task<DnsAnswer<string>> first = cache.GetAsync("a.test", Ct).AsTask();
        _time.Advance(TimeSpan.FromSeconds(took));
        slow.SetResult(new DnsAnswer<string>(true, null, TimeSpan.Zero, "silence"));
        Assert.True((await first).IsFailure);

        _time.Advance(TimeSpan.FromSeconds(again - took - 1));
        Assert.True((await cache.GetAsync("a.test", Ct)).IsFailure);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal("one", await ValueAsync(cache));
    }

    [Fact]
    public async Task GetAsync_PartOfAnAnswerAndSilence_ThePartServesAfterAMoment()
    {
        Task<DnsAnswer<string>> next = Task.FromResult(Good("part", 0) with { IsPartial = true });
        DnsCache<string> cache = Cache(_ => next);
        await ValueAsync(cache);
        _time.Advance(DnsCache<string>.FailureHold);
        TaskCompletionSource<DnsAnswer<string>> late = new();
        next = late.Task;
        Task<string?> waiting = ValueAsync(cache);
        Assert.False(waiting.IsCompleted);
        _time.Advance(DnsCache<string>.Patience);
        Assert.Equal("part", await waiting);
        // While the server is known to be silent nobody waits.
        Task<string?> other = ValueAsync(cache);
        Assert.True(other.IsCompletedSuccessfully);
        late.SetResult(Good("whole", 60));
        Assert.Equal("whole", await ValueAsync(cache));
    }

    [Fact]
    public async Task AskAgain_AnswersThatAreGood_AreAskedForOnceMore()
    {
        DnsCache<string> cache = Cache();
        await ValueAsync(cache);
        _next = Good("two", 60);
        cache.AskAgain();
        Assert.Equal("two", await ValueAsync(cache));
    }

    [Fact]
    public async Task GetAsync_MoreNamesThanMayBe_ForgetsTheOnesNotUsed()
    {
        DnsCache<string> cache = Cache();
        for (int i = 0; i < DnsCache<string>.MostNames + 1; i++)
        {
            await cache.GetAsync($"{i}.test", Ct);
            _time.Advance(TimeSpan.FromMilliseconds(1));
        }

        Assert.InRange(cache.Count, 1, DnsCache<string>.MostNames);
        int before = _asked.Count;
        await cache.GetAsync($"{DnsCache<string>.MostNames}.test", Ct);
        Assert.Equal(before, _asked.Count);
        await cache.GetAsync("0.test", Ct);
        Assert.Equal(before + 1, _asked.Count);
    }

    private static DnsAnswer<string> Good(string value, int seconds) => new(false, value, TimeSpan.FromSeconds(seconds), string.Empty);

    private static async Task<string?> ValueAsync(DnsCache<string> cache) => (await cache.GetAsync("a.test", Ct)).Value;
}
