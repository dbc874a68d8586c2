using Gateway.Relay.Delivery.Lanes;
using Gateway.Relay.Message;

namespace Gateway.Relay.Delivery;

/// <content>Senders are told, once a message, that it takes long; only where the settings want it.</content>
public sealed partial class DeliveryQueue
{
    private const int WarnAtOnce = 1000;

    private static readonly TimeSpan WarnEvery = TimeSpan.FromMinutes(1);

    private long? _warned;

    /// <summary>Looks through the queue for messages that have become late. Called by the clock, so never twice at a time in earnest.</summary>
    private void WarnOfDelays()
    {
        IDeliveryProfile profile = _profile();
        bool warns = profile.DelayWarning > TimeSpan.Zero || profile.Routes.All.Any(r => r.Terms.DelayWarning > TimeSpan.Zero);
        if (!warns || (_warned is long last && _time.GetElapsedTime(last) < WarnEvery))
        {
            return;
        }

        _warned = _time.GetTimestamp();
        int count = 0;
        // Not its Values: they are a copy, made under every lock.
        foreach ((_, QueuedMessage message) in _messages)
        {
            if (!TryClaimWarning(message, profile, ProvenAgeOf(message)))
            {
                continue;
            }

            Run(() => WarnAsync(message));
            if (++count == WarnAtOnce)
            {
                // The others at the next tick.
                _warned = null;
                return;
            }
        }
    }

    private static bool TryClaimWarning(QueuedMessage message, IDeliveryProfile profile, TimeSpan age)
    {
        lock (message)
        {
            // What a person put on hold is that person's to tell about; what is poison goes to the quarantine, of which nobody is told.
            if (message.IsWarned || message.Hold is not null || message.Quarantine is not null || message.Open.Count == 0)
            {
                return false;
            }

            return message.IsWarned = message.Open.Exists(p => profile.DelayWarningOf(p.Destination.Route) is { Ticks: > 0 } after && age >= after);
        }
    }

    private async Task WarnAsync(QueuedMessage message)
    {
        ReportedRecipient[] late;
        lock (message)
        {
            late = [.. message.Open.SelectMany(static p => p.Recipients.Select(r => ReportedRecipient.Delayed(r, p.LastReply)))];
        }

        if (late.Length == 0 || await _worker.WarnAsync(message.Id, late) is not { } warning)
        {
            return;
        }

        Enqueue(warning);
        ValueTask persisted = default;
        lock (message)
        {
            if (message.Open.Count > 0)
            {
                // So that the next process does not tell it again.
                persisted = _queue.DeferAsync(message.Lease, Snapshot(message, message.Open[0].LastReply), CancellationToken.None);
            }
        }

        try
        {
            await persisted;
        }
        catch (QueueUnavailableException e)
        {
            Telemetry.GatewayLog.DeliveryFault(_log, e, message.Id.ToString());
        }
    }
}
