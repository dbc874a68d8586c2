using System.Collections.Concurrent;

namespace Gateway.Relay.Delivery;

/// <summary>Lets a notice be said at once and once an hour while its cause lasts, however many connections find it.</summary>
/// <remarks>
/// Threads: any. Cost: one entry a text; the texts come of the configuration, so that there are few.
/// </remarks>
internal sealed class NoticeLimit(TimeProvider time)
{
    private static readonly TimeSpan Period = TimeSpan.FromHours(1);

    private readonly ConcurrentDictionary<string, long> _said = new(StringComparer.Ordinal);

    /// <summary>True when the text is to be said now.</summary>
    public bool IsDue(string text)
    {
        long now = time.GetTimestamp();
        return !_said.TryGetValue(text, out long last)
            ? _said.TryAdd(text, now)
            : time.GetElapsedTime(last, now) >= Period && _said.TryUpdate(text, now, last);
    }
}
