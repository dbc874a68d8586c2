using Gateway.Smtp.Protocol;

namespace Gateway.Smtp.Server;

/// <summary>The accounts of all clients that are here or were here lately.</summary>
/// <remarks>
/// Promises: at most <see cref="MostIdle"/> accounts without a session are kept, the longest unused one goes first; accounts with a
/// session are bounded by the sessions. Threads: any; one lock, taken twice a session.
/// Cost: about 250 octets an account, so 5 MB when an attacker walks through networks.
/// </remarks>
internal sealed class ClientLedger(TimeProvider time, int mostIdle = ClientLedger.MostIdle)
{
    /// <summary>Accounts without a session that are remembered.</summary>
    public const int MostIdle = 20_000;

    // One client's part of what is still free: 1/8 leaves room for the next however many are greedy.
    private const int Share = 8;

    private readonly Lock _gate = new();
    private readonly Dictionary<(ClientKey Client, string Scope), ClientAccount> _accounts = [];
    private readonly LinkedList<ClientAccount> _idle = new();

    /// <summary>Accounts kept now.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _accounts.Count;
            }
        }
    }

    /// <summary>Lets a client open one more session.</summary>
    /// <param name="key">The client.</param>
    /// <param name="limits">What a client may take.</param>
    /// <param name="free">Sessions that are still free in all.</param>
    /// <param name="account">Its account, to be given back by <see cref="Leave"/>; null when it was refused.</param>
    /// <returns>The reply that refuses it, or null.</returns>
    public SmtpReply? Enter(ClientKey key, ClientLimits limits, int free, out ClientAccount? account)
    {
        account = null;
        lock (_gate)
        {
            if (!_accounts.TryGetValue((key, limits.Scope), out ClientAccount? found))
            {
                found = new ClientAccount((key, limits.Scope), time);
                _accounts.Add(found.Key, found);
                _idle.AddLast(found.Idle);
            }

            SmtpReply? refusal = null;
            if (limits.Connections > 0 && found.Connections >= Math.Min(limits.Connections, Math.Max(1, free / Share)))
            {
                refusal = LimitReplies.ClientConnections;
            }
            else if (!found.TryConnect(limits.ConnectionRate))
            {
                refusal = LimitReplies.ConnectionRate;
            }
            else
            {
                found.Connections++;
                account = found;
            }

            if (found.Idle.List is not null)
            {
                _idle.Remove(found.Idle);
                Keep(found);
            }

            return refusal;
        }
    }

    /// <summary>A session of the client ended.</summary>
    public void Leave(ClientAccount account)
    {
        lock (_gate)
        {
            account.Connections--;
            Keep(account);
        }
    }

    /// <summary>Puts an account without a session last in line, and forgets whom there is no room for.</summary>
    private void Keep(ClientAccount account)
    {
        if (account.Connections > 0)
        {
            return;
        }

        _idle.AddLast(account.Idle);
        while (_idle.Count > mostIdle && _idle.First is LinkedListNode<ClientAccount> oldest)
        {
            _idle.RemoveFirst();
            _accounts.Remove(oldest.Value.Key);
        }
    }
}
