using Gateway.Relay.Delivery.Lanes;
using Gateway.Relay.Delivery.Routes;
using Gateway.Smtp.Client;

namespace Gateway.Relay.Delivery;

/// <content>Workers and the clock.</content>
public sealed partial class DeliveryQueue
{
    // A hanging transaction keeps its seat until the tick after its patience: a quarter of a second is nothing beside HangAfter.
    private static readonly TimeSpan TickEvery = TimeSpan.FromMilliseconds(250);

    private Destination Open(Route route) => new(route, _limits, _time) { Pause = PauseOf(route) };

    private RoutePause? PauseOf(Route route) => _pauses.Find(route.Name) ?? (route.Origin is string origin ? _pauses.Find(origin) : null);

    private void StartWorker(Destination destination, Lane lane) => Run(() => WorkAsync(destination, lane));

    private void Run(Func<Task> work)
    {
        if (_closed)
        {
            return;
        }

        Interlocked.Increment(ref _running);
        _ = Task.Run(async () =>
        {
            try
            {
                await work();
            }
            finally
            {
                if (Interlocked.Decrement(ref _running) == 0 && _closed)
                {
                    _drained.TrySetResult();
                }
            }
        });
    }

    /// <summary>One worker: takes parcels of one lane until there is none, and applies what came of each.</summary>
    private async Task WorkAsync(Destination destination, Lane lane)
    {
        while (!_closed && destination.Next(lane, out bool more) is { } parcel)
        {
            if (more)
            {
                StartWorker(destination, lane);
            }

            await ApplyAsync(parcel, await _worker.AttemptAsync(parcel, _stopping));
        }
    }

    /// <summary>Each tick: what is due gets in line, what hangs loses its seat, suspended destinations get their probe, the overdue are given up, senders of late mail are told.</summary>
    private void Tick()
    {
        long now = _time.GetTimestamp();
        IDeliveryProfile profile = _profile();
        TakeRoutes(profile.Routes);
        foreach (Destination destination in _destinations.Values)
        {
            if (destination.TryRetire())
            {
                _destinations.TryRemove(KeyValuePair.Create(destination.Name, destination));
                continue;
            }

            destination.TakeDue(now);
            foreach ((DownstreamHost host, ulong[] underWay) in destination.Watch())
            {
                _worker.NoteStall(destination, host, underWay);
            }

            TimeSpan lifetime = profile.RetryOf(destination.Route).Lifetime;
            foreach (Parcel parcel in destination.TakeExpired(m => ProvenAgeOf(m) > lifetime))
            {
                Run(async () => await ApplyAsync(parcel, await _worker.ExpireAsync(parcel)));
            }
        }

        WarnOfDelays();
        StartWorkers();
    }

    private void StartWorkers()
    {
        foreach (Destination destination in _destinations.Values)
        {
            foreach (Lane lane in (ReadOnlySpan<Lane>)[destination.Clean, destination.Suspects])
            {
                while (!_closed && destination.MayStart(lane))
                {
                    StartWorker(destination, lane);
                }
            }
        }
    }
}
