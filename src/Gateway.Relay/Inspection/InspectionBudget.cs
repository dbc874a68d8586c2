using Gateway.Smtp.Server;

namespace Gateway.Relay.Inspection;

/// <summary>How much inspection time each client took lately, so that one with costly mail is slowed before it is refused.</summary>
/// <remarks>
/// What was taken is forgiven at the rate of the budget a minute. Below the budget nothing happens; above it the client waits until it is
/// back at it, 5 s at the most; above twice the budget its mail is refused for now.
/// Threads: any. Cost: cheap inspections are not written down, so most clients have no entry; entries are bounded.
/// </remarks>
public sealed class InspectionBudget(TimeProvider time)
{
    private const int MostClients = 20_000;
    private static readonly TimeSpan Worth = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(5);

    private readonly Lock _gate = new();
    private readonly Dictionary<ClientKey, (double Seconds, long At)> _taken = [];

    /// <summary>Clients that are written down.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _taken.Count;
            }
        }
    }

    /// <summary>How long a client has to wait before its next inspection; null when it is refused.</summary>
    /// <param name="client">The client.</param>
    /// <param name="aMinute">Its budget for a minute; zero for no limit.</param>
    public TimeSpan? Wait(ClientKey client, TimeSpan aMinute)
    {
        double budget = aMinute.TotalSeconds;
        if (budget <= 0)
        {
            return TimeSpan.Zero;
        }

        lock (_gate)
        {
            double taken = Taken(client, budget);
            if (taken >= 2 * budget)
            {
                return null;
            }

            double wait = Math.Max(0, (taken - budget) * 60 / budget);
            return TimeSpan.FromSeconds(Math.Min(wait, LongestWait.TotalSeconds));
        }
    }

    /// <summary>An inspection took this long.</summary>
    public void Take(ClientKey client, TimeSpan elapsed, TimeSpan aMinute)
    {
        if (elapsed < Worth || aMinute <= TimeSpan.Zero)
        {
            return;
        }

        lock (_gate)
        {
            double taken = Taken(client, aMinute.TotalSeconds);
            if (_taken.Count >= MostClients)
            {
                // Rather forgiving than unbounded; the lane stays fair without it.
                _taken.Clear();
            }

            _taken[client] = (taken + elapsed.TotalSeconds, time.GetTimestamp());
        }
    }

    private double Taken(ClientKey client, double budget)
    {
        if (!_taken.TryGetValue(client, out (double Seconds, long At) entry))
        {
            return 0;
        }

        double left = entry.Seconds - (time.GetElapsedTime(entry.At).TotalMinutes * budget);
        if (left <= 0)
        {
            _taken.Remove(client);
            return 0;
        }

        return left;
    }
}
