using System.Collections.Concurrent;
using Microsoft.Extensions.Time.Testing;

namespace Gateway.Relay.Tests.Delivery.Dns.Habits;

/// <summary>Runs work on one thread and moves its clock only while nothing but time can bring it on.</summary>
/// <remarks>Times that it measures do not depend on how fast the machine is: while an answer is on its way, the clock stands.</remarks>
/// <param name="time">The clock.</param>
/// <param name="isIdle">Whether nothing is on its way from outside.</param>
internal sealed class VirtualRun(FakeTimeProvider time, Func<bool> isIdle) : SynchronizationContext
{
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestHang = TimeSpan.FromSeconds(60);

    private readonly BlockingCollection<Action> _ready = [];

    public override void Post(SendOrPostCallback d, object? state) => _ready.Add(() => d(state));

    /// <summary>The result of the work, and how long it took by the clock.</summary>
    public (T Result, TimeSpan Took) Run<T>(Func<Task<T>> work)
    {
        SynchronizationContext? before = Current;
        SetSynchronizationContext(this);
        try
        {
            long start = time.GetTimestamp();
            Task<T> task = work();
            long guard = TimeProvider.System.GetTimestamp();
            while (!task.IsCompleted)
            {
                if (_ready.TryTake(out Action? next))
                {
                    next();
                }
                else if (isIdle())
                {
                    time.Advance(Step);
                }
                else if (_ready.TryTake(out next, 1))
                {
                    next();
                }
                else if (TimeProvider.System.GetElapsedTime(guard) > LongestHang)
                {
                    throw new TimeoutException("An answer is on its way that never comes.");
                }
            }

            return (task.GetAwaiter().GetResult(), time.GetElapsedTime(start));
        }
        finally
        {
            SetSynchronizationContext(before);
        }
    }
}
