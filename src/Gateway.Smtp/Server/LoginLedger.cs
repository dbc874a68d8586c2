namespace Gateway.Smtp.Server;

/// <summary>What each login has taken of its rate, over all its sessions.</summary>
/// <remarks>
/// Threads: any; one lock, taken once a message of a login that is limited.
/// Cost: a login that was not here for <see cref="RateLimit.Period"/> has its whole rate again, so it is forgotten at the next growth: what is kept are the logins of about a minute.
/// </remarks>
internal sealed class LoginLedger(TimeProvider time)
{
    private const int LeastKept = 1000;

    private readonly Lock _gate = new();
    private readonly Dictionary<(string Login, string Scope), (TokenBucket Bucket, long At)> _logins = [];
    private int _sweepAt = LeastKept;

    /// <summary>Logins kept now.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _logins.Count;
            }
        }
    }

    /// <summary>Takes a message of the rate.</summary>
    /// <param name="login">The login, in any letter case.</param>
    /// <param name="limits">The rate, and what is counted together.</param>
    public bool TryTake(string login, ClientLimits limits)
    {
        (string Login, string Scope) key = (login.ToUpperInvariant(), limits.Scope);
        long now = time.GetTimestamp();
        lock (_gate)
        {
            TokenBucket bucket = _logins.GetValueOrDefault(key).Bucket;
            bool taken = bucket.TryTake(limits.LoginMessageRate, now, time.TimestampFrequency);
            _logins[key] = (bucket, now);
            if (_logins.Count >= _sweepAt)
            {
                Sweep(limits.LoginMessageRate.Period);
            }

            return taken;
        }
    }

    private void Sweep(TimeSpan period)
    {
        foreach (((string, string) key, (_, long at)) in _logins)
        {
            if (time.GetElapsedTime(at) > period)
            {
                _logins.Remove(key);
            }
        }

        _sweepAt = Math.Max(LeastKept, _logins.Count * 2);
    }
}
