using Gateway.Smtp.Protocol;

namespace Gateway.Smtp.Server;

/// <summary>What one client has taken of its limits, over all its sessions.</summary>
/// <remarks>Threads: any; one lock an account.</remarks>
internal sealed class ClientAccount
{
    private readonly Lock _gate = new();
    private readonly TimeProvider _time;
    private TokenBucket _connectionRate;
    private TokenBucket _messages;
    private TokenBucket _recipients;

    /// <summary>Opens an account.</summary>
    public ClientAccount((ClientKey Client, string Scope) key, TimeProvider time)
    {
        Key = key;
        _time = time;
        Idle = new LinkedListNode<ClientAccount>(this);
    }

    /// <summary>Whose account it is, at which listeners.</summary>
    public (ClientKey Client, string Scope) Key { get; }

    /// <summary>Sessions open now; guarded by the ledger.</summary>
    public int Connections { get; set; }

    /// <summary>Its place in the ledger's list of accounts without a session.</summary>
    public LinkedListNode<ClientAccount> Idle { get; }

    /// <summary>Takes a connection of the rate.</summary>
    public bool TryConnect(RateLimit limit) => Take(ref _connectionRate, limit);

    /// <summary>The reply to a command that this client may not give now; null when it may.</summary>
    public SmtpReply? Refuse(SmtpVerb verb, ClientLimits limits) => verb switch
    {
        SmtpVerb.Mail => Take(ref _messages, limits.MessageRate) ? null : LimitReplies.MessageRate,
        SmtpVerb.Rcpt => Take(ref _recipients, limits.RecipientRate) ? null : LimitReplies.RecipientRate,
        _ => null,
    };

    private bool Take(ref TokenBucket bucket, RateLimit limit)
    {
        lock (_gate)
        {
            return bucket.TryTake(limit, _time.GetTimestamp(), _time.TimestampFrequency);
        }
    }
}
