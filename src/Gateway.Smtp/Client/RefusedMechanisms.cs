namespace Gateway.Smtp.Client;

/// <summary>The AUTH mechanisms that a host refused, so that each of them is tried once an hour and not for each connection.</summary>
/// <remarks>
/// Promises: what was refused comes behind no other try for an hour; where all were refused, the strongest alone is tried, so that a wrong password is
/// guessed once a connection. Another password forgets all.
/// Threads: any. Cost: one lock a connection that authenticates.
/// </remarks>
internal sealed class RefusedMechanisms(TimeProvider time)
{
    private static readonly TimeSpan Remembered = TimeSpan.FromHours(1);
    private static readonly AuthMechanisms[] ByStrength = [AuthMechanisms.ScramSha256, AuthMechanisms.Plain, AuthMechanisms.Login];

    private readonly Lock _gate = new();
    private readonly Dictionary<AuthMechanisms, long> _refused = [];
    private int _password;

    /// <summary>The mechanisms to try, in this order.</summary>
    /// <param name="usable">What the host offers and the route allows; at least one.</param>
    /// <param name="password">The password that is sent; only its hash is kept.</param>
    public IReadOnlyList<AuthMechanisms> Order(AuthMechanisms usable, string password)
    {
        // The hash differs from process to process and tells nothing of the password.
        int hash = password.GetHashCode(StringComparison.Ordinal);
        AuthMechanisms[] all = Array.FindAll(ByStrength, m => usable.HasFlag(m));
        lock (_gate)
        {
            if (hash != _password)
            {
                _password = hash;
                _refused.Clear();
            }

            AuthMechanisms[] left = Array.FindAll(all, m => !IsRefused(m));
            return left.Length > 0 ? left : all[..1];
        }
    }

    /// <summary>The host refused it.</summary>
    public void Refused(AuthMechanisms mechanism)
    {
        lock (_gate)
        {
            // The hour begins with the first refusal: tries of the strongest alone must not put off the next whole round.
            if (!IsRefused(mechanism))
            {
                _refused[mechanism] = time.GetTimestamp();
            }
        }
    }

    /// <summary>The host let us in with it.</summary>
    public void Worked(AuthMechanisms mechanism)
    {
        lock (_gate)
        {
            _refused.Remove(mechanism);
        }
    }

    private bool IsRefused(AuthMechanisms mechanism) => _refused.TryGetValue(mechanism, out long since) && time.GetElapsedTime(since) < Remembered;
}
