using Gateway.Relay.Clock;
using Gateway.Relay.Telemetry;
using Microsoft.Extensions.Logging;

namespace Gateway.Relay.Quarantine.Room;

/// <summary>Discards what was quarantined long enough, oldest first, and forgets old records.</summary>
/// <remarks>
/// Mail leaves when it is older than its reason is kept. When the quarantine is nine tenths full, more leaves until it is under eight
/// tenths: records of mail that is released or discarded (when it is octets that are short), then mail that was quarantined at least as long as its reason demands when room is
/// short, first that which is longest over this time. Nothing is ever discarded before that time: new mail is put off instead.
/// Only time for which the gateway ran counts, because only then can anybody review: no wall clock, right or wrong, discards anything.
/// Threads: one loop of its own. Cost: some hundred messages a transaction, between which new mail is written.
/// </remarks>
public sealed class QuarantineRetention : IAsyncDisposable
{
    /// <summary>Who is recorded in the audit trail.</summary>
    public const string Actor = "gateway";

    private const int AtOnce = 200;
    private const double Full = 0.9;

    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    private readonly CancellationTokenSource _stop = new();
    private readonly IQuarantineStore _store;
    private readonly QuarantineQuota _room;
    private readonly GatewayMetrics _metrics;
    private readonly ILogger _log;
    private readonly TimeProvider _time;
    private readonly SteadyClock _clock;
    private readonly Task _loop;

    /// <summary>Starts the loop.</summary>
    public QuarantineRetention(IQuarantineStore store, QuarantineQuota room, GatewayMetrics metrics, ILogger log, TimeProvider time, SteadyClock clock)
    {
        _store = store;
        _room = room;
        _metrics = metrics;
        _log = log;
        _time = time;
        _clock = clock;
        _loop = Task.Run(RunAsync);
    }

    /// <summary>Messages that left by their age since the start.</summary>
    public long Expired { get; private set; }

    /// <summary>Does all that is due now.</summary>
    public async Task SweepAsync(CancellationToken cancellationToken)
    {
        TimeSpan now = _clock.Now;
        QuarantineLimits limits = _room.Limits;
        foreach (string rule in (await _store.OldestByRuleAsync(cancellationToken)).Keys)
        {
            await ExpireAllAsync(rule, now - limits.Of(rule).Keep, $"quarantined for {Days(limits.Of(rule).Keep)}", cancellationToken);
        }

        await ForgetAllAsync(limits.KeepRecords, () => true, cancellationToken);
        if (_room.BytesFill >= Full)
        {
            await ForgetAllAsync(limits.Retention.WhenFull, () => _room.BytesFill >= QuarantineQuota.AlmostFull, cancellationToken);
        }

        if (_room.Fill >= Full)
        {
            await MakeRoomAsync(now, limits, cancellationToken);
        }

        _room.Review();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _loop;
        _stop.Dispose();
    }

    private static string Days(TimeSpan time) => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{time.TotalDays:0.##} days");

    private async Task RunAsync()
    {
        try
        {
            while (true)
            {
                await Task.Delay(Interval, _time, _stop.Token);
                try
                {
                    await SweepAsync(_stop.Token);
                }
                catch (QuarantineUnavailableException e)
                {
                    // Nothing is lost by it: the next minute finds the same.
                    GatewayLog.RetentionFailed(_log, e);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The relay closes.
        }
    }

    private async Task MakeRoomAsync(TimeSpan now, QuarantineLimits limits, CancellationToken cancellationToken)
    {
        while (_room.Fill >= QuarantineQuota.AlmostFull)
        {
            (string Rule, TimeSpan Over) most = (await _store.OldestByRuleAsync(cancellationToken))
                .Select(rule => (rule.Key, now - rule.Value.Since - limits.Of(rule.Key).WhenFull)).DefaultIfEmpty().MaxBy(rule => rule.Item2);
            if (most.Rule is null || most.Over <= TimeSpan.Zero)
            {
                return;
            }

            if (await ExpireOnceAsync(most.Rule, now - limits.Of(most.Rule).WhenFull, "the quarantine was full", cancellationToken) == 0)
            {
                return;
            }
        }
    }

    private async Task ExpireAllAsync(string rule, TimeSpan before, string reason, CancellationToken cancellationToken)
    {
        while (await ExpireOnceAsync(rule, before, reason, cancellationToken) == AtOnce)
        {
            // There may be more.
        }
    }

    private async Task<int> ExpireOnceAsync(string rule, TimeSpan before, string reason, CancellationToken cancellationToken)
    {
        DiscardedMail gone = await _store.ExpireAsync(rule, before, AtOnce, Actor, reason, cancellationToken);
        if (gone.Messages > 0)
        {
            Expired += gone.Messages;
            _metrics.QuarantineExpired(rule, gone.Messages);
            GatewayLog.Expired(_log, gone.Messages, gone.Bytes, rule, reason);
        }

        return gone.Messages;
    }

    private async Task ForgetAllAsync(TimeSpan age, Func<bool> goOn, CancellationToken cancellationToken)
    {
        TimeSpan before = _clock.Now - age;
        int count = 0;
        int once = AtOnce;
        while (once == AtOnce && goOn())
        {
            once = await _store.ForgetAsync(before, AtOnce, cancellationToken);
            count += once;
        }

        if (count > 0)
        {
            GatewayLog.RecordsForgotten(_log, count, age);
        }
    }
}
