namespace Gateway.Relay.Message;

/// <summary>The queue could not make something durable; nothing was acknowledged and the sender should try again later.</summary>
public sealed class QueueUnavailableException : Exception
{
    /// <summary>Makes the exception.</summary>
    public QueueUnavailableException(QueueFault reason, string message, Exception? innerException = null)
        : base(message, innerException) => Reason = reason;

    /// <summary>What kept it from being durable.</summary>
    public QueueFault Reason { get; }
}

/// <summary>What the queue stored of a message cannot be read back; it costs this message only.</summary>
public sealed class QueueDamagedException : Exception
{
    /// <summary>Makes the exception.</summary>
    public QueueDamagedException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }
}
