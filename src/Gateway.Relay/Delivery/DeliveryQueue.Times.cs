using Gateway.Relay.Delivery.Lanes;
using Gateway.Relay.Message;

namespace Gateway.Relay.Delivery;

/// <content>Waits and ages: by clocks that nobody can set.</content>
public sealed partial class DeliveryQueue
{
    /// <summary>How old a message is, for people to read.</summary>
    private TimeSpan AgeOf(QueuedMessage message) => _steady.AgeOf(message.Since);

    /// <summary>How old a message is at least: what is done for it tells people, and cannot be undone.</summary>
    private TimeSpan ProvenAgeOf(QueuedMessage message) => _steady.ProvenAgeOf(message.Since);

    /// <summary>What is left of a wait that an earlier process noted by the wall clock.</summary>
    /// <remarks>Bounded by the longest wait with its jitter: whatever the clock says now, nobody meant a longer one.</remarks>
    private TimeSpan WaitOf(DeliveryState state)
    {
        TimeSpan left = state.Due - _time.GetUtcNow();
        if (left <= TimeSpan.Zero)
        {
            return TimeSpan.Zero;
        }

        IDeliveryProfile profile = _profile();
        TimeSpan longest = profile.Routes.All.Select(r => profile.RetryOf(r).LongestWait).Append(profile.Retry.LongestWait).Max();
        return left < longest ? left : longest;
    }

    private long TimestampAfter(TimeSpan wait) => _time.GetTimestamp() + (long)(wait.TotalSeconds * _time.TimestampFrequency);

    /// <summary>When a timestamp will be, as the wall clock goes now; for listings and for the next process.</summary>
    private DateTimeOffset WallTimeOf(long due) => due == 0 ? default : _time.GetUtcNow() + _time.GetElapsedTime(_time.GetTimestamp(), due);
}
