using Gateway.Smtp.Protocol;

namespace Gateway.Smtp.Client;

/// <summary>How a delivery attempt ended for one recipient. The closed catalogue: metric tags, log lines and tests enumerate it.</summary>
public enum DeliveryOutcome
{
    /// <summary>The host took the message with 2xx after the final dot: it is the host's responsibility now.</summary>
    Delivered,

    /// <summary>The host answered 4xx at the step reached: its condition or policy, may succeed later.</summary>
    Deferred,

    /// <summary>The host answered 5xx at the step reached: its decision about this message or recipient, will not change.</summary>
    Refused,

    /// <summary>The host's name has no address that we could find: configuration or DNS, on our side of the wire.</summary>
    NameNotFound,

    /// <summary>No TCP connection came about on any address: the host or the network between is down.</summary>
    ConnectFailed,

    /// <summary>The host or the network was silent for longer than the step's time limit: the host is at fault or overloaded.</summary>
    TimedOut,

    /// <summary>The host, or the network between, closed the connection in the middle without saying why.</summary>
    Disconnected,

    /// <summary>The host sent something that is no valid SMTP reply, or none that fits the step: the host is at fault.</summary>
    ProtocolError,

    /// <summary>TLS that the route demands did not come about: not offered, the handshake failed, the certificate is not good.</summary>
    TlsFailed,

    /// <summary>The host did not let us authenticate as the route demands: no mechanism, wrong password, or it could not prove itself.</summary>
    AuthFailed,

    /// <summary>The message needs an extension the host does not offer (8BITMIME, SMTPUTF8): nothing was sent.</summary>
    CapabilityMissing,

    /// <summary>The message is larger than the SIZE the host announced: nothing was sent.</summary>
    TooLarge,

    /// <summary>The message's content could not be read, or was shorter than promised: our own fault; the host has nothing.</summary>
    ContentUnavailable,

    /// <summary>We were told to stop in the middle of the attempt: nobody's fault.</summary>
    Interrupted,
}

/// <summary>What follows from a <see cref="DeliveryOutcome"/>.</summary>
public static class DeliveryOutcomes
{
    /// <summary>True when trying again cannot help: the recipient bounces.</summary>
    public static bool IsPermanent(this DeliveryOutcome outcome) =>
        outcome is DeliveryOutcome.Refused or DeliveryOutcome.CapabilityMissing or DeliveryOutcome.TooLarge;

    /// <summary>True when the recipient stays in the queue and is tried again.</summary>
    public static bool IsTransient(this DeliveryOutcome outcome) => outcome != DeliveryOutcome.Delivered && !outcome.IsPermanent();

    /// <summary>True when the outcome tells about the host, not about the message: reason to back off from the host.</summary>
    public static bool BlamesHost(this DeliveryOutcome outcome) => outcome is DeliveryOutcome.NameNotFound
        or DeliveryOutcome.ConnectFailed or DeliveryOutcome.TimedOut or DeliveryOutcome.Disconnected or DeliveryOutcome.ProtocolError
        or DeliveryOutcome.TlsFailed or DeliveryOutcome.AuthFailed;

    // The status for logs and bounces where the host itself gave none. RFC 3463 section 3.
    internal static EnhancedCode DefaultStatus(this DeliveryOutcome outcome) => outcome switch
    {
        DeliveryOutcome.Delivered => new EnhancedCode(2, 0, 0),
        DeliveryOutcome.Deferred => new EnhancedCode(4, 0, 0),
        DeliveryOutcome.Refused => new EnhancedCode(5, 0, 0),
        DeliveryOutcome.NameNotFound => new EnhancedCode(4, 4, 3),
        DeliveryOutcome.ConnectFailed => new EnhancedCode(4, 4, 1),
        DeliveryOutcome.TimedOut or DeliveryOutcome.Disconnected => new EnhancedCode(4, 4, 2),
        DeliveryOutcome.ProtocolError => new EnhancedCode(4, 5, 0),
        // RFC 3463 section 3.8: cryptographic failure; RFC 5248: other security, for what may be mended.
        DeliveryOutcome.TlsFailed => new EnhancedCode(4, 7, 5),
        DeliveryOutcome.AuthFailed => new EnhancedCode(4, 7, 0),
        DeliveryOutcome.CapabilityMissing => new EnhancedCode(5, 6, 3),
        DeliveryOutcome.TooLarge => new EnhancedCode(5, 3, 4),
        _ => new EnhancedCode(4, 3, 0),
    };
}
