using System.Net;

namespace Gateway.Smtp.Client;

/// <summary>What one delivery attempt of one message came to.</summary>
public sealed class DeliveryReport
{
    /// <summary>One outcome per recipient, in the order of the message's recipients.</summary>
    public required IReadOnlyList<RecipientOutcome> Recipients { get; init; }

    /// <summary>The step the attempt was in when it ended.</summary>
    public required DeliveryStep Reached { get; init; }

    /// <summary>The host that was tried.</summary>
    public required DownstreamHost Host { get; init; }

    /// <summary>The address that was reached; null when none was.</summary>
    public IPEndPoint? Remote { get; init; }

    /// <summary>The TLS version and cipher and whether the certificate was good, for logs; null in clear or without a connection.</summary>
    public string? Tls { get; init; }

    /// <summary>Why the connection is in clear although the host offers STARTTLS: what the handshake failed of; null otherwise.</summary>
    public string? InClearBecause { get; init; }

    /// <summary>Which file of the route could not be used, so that the connection is encrypted without it; null otherwise.</summary>
    public string? OwnFault { get; init; }

    /// <summary>AUTH mechanisms that the host refused before another one let us in, with its replies; null when the first one did.</summary>
    public string? PassedMechanisms { get; init; }

    /// <summary>True when nothing was sent because the message demands REQUIRETLS and the host does not offer it over TLS. RFC 8689.</summary>
    public bool NeedsRequireTls => Recipients.Count > 0 && Recipients[0].Status == Envelope.NeedsRequireTls && Recipients[0].Reply is null;

    /// <summary>True when nothing was sent because the host does not offer an extension that the message needs: another host may.</summary>
    public bool LacksCapability => Recipients.Count > 0 && Recipients[0].Outcome == DeliveryOutcome.CapabilityMissing;

    /// <summary>True when the host offers DSN: the DSN parameters went along, and telling about success is its duty now. RFC 3461.</summary>
    public bool OffersDsn { get; init; }

    /// <summary>Which message over this connection this was, from 1; 0 without a connection. The log's <c>conn_use</c>.</summary>
    public int ConnectionUse { get; init; }

    /// <summary>From the name look-up to the end of EHLO, or of AUTH; zero on a connection used before.</summary>
    public TimeSpan ConnectTime { get; init; }

    /// <summary>From the first octet of MAIL to the last reply.</summary>
    public TimeSpan TransmissionTime { get; init; }

    /// <summary>When each step was entered.</summary>
    public StepTimes Steps { get; init; }

    /// <summary>What went wrong in words for the log, without control characters; null when the replies say it all.</summary>
    public string? Detail { get; init; }

    /// <summary>
    /// True when the whole message was sent and no reply came: the host may have it, and the next attempt may make a
    /// duplicate. Unavoidable in SMTP (RFC 1047).
    /// </summary>
    public bool MayHaveArrived { get; init; }

    /// <summary>
    /// True when a connection used before turned out to be of no use before the content was read: the attempt should be repeated
    /// at once over a new connection.
    /// </summary>
    public bool SessionFailed { get; internal init; }

    /// <summary>What the connection used before failed of on which the message was tried first; null when there was none.</summary>
    public string? FirstSession { get; internal set; }

    /// <summary>What the failure of a recipient is about.</summary>
    public FailureScope ScopeOf(RecipientOutcome outcome)
    {
        ArgumentNullException.ThrowIfNull(outcome);
        return FailureTable.ScopeOf(new Failure(outcome.Step, outcome.Outcome, outcome.Reply, ConnectionUse > 1, InClearBecause is not null));
    }

    /// <summary>True when an LF without CR was sent in the content (a smuggling risk the relay should have refused).</summary>
    public bool SentBareLineFeed { get; init; }

    /// <summary>True when a CR without LF was sent in the content.</summary>
    public bool SentBareCarriageReturn { get; init; }
}
