using Microsoft.Extensions.Time.Testing;

namespace Gateway.Relay.Tests.House;

/// <summary>A clock that stands still unless a test moves it, whose wall clock can be set apart from the clock that nobody can set.</summary>
internal sealed class SettableTime(DateTimeOffset start) : FakeTimeProvider(start)
{
    private long _set;

    /// <summary>Sets the wall clock forward or back; no timer fires and no time passes.</summary>
    public void SetWall(TimeSpan by) => Interlocked.Add(ref _set, by.Ticks);

    public override long GetTimestamp() => base.GetUtcNow().Ticks;

    public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + new TimeSpan(Interlocked.Read(ref _set));
}
