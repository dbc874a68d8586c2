using System.Diagnostics.CodeAnalysis;
using System.Net;
using Gateway.Smtp.Protocol;

namespace Gateway.Smtp.Client;

/// <summary>A connection that is ready for mail, or why there is none.</summary>
public sealed class ConnectResult
{
    internal ConnectResult(DownstreamConnection connection) => Connection = connection;

    internal ConnectResult(ConnectFailure failure) => Failure = failure;

    /// <summary>The connection, past EHLO; null on failure.</summary>
    public DownstreamConnection? Connection { get; }

    /// <summary>Why there is no connection; null on success.</summary>
    public ConnectFailure? Failure { get; }

    /// <summary>True when there is a connection.</summary>
    [MemberNotNullWhen(true, nameof(Connection))]
    [MemberNotNullWhen(false, nameof(Failure))]
    public bool IsConnected => Connection is not null;
}

/// <summary>Why no connection to a downstream host came about.</summary>
/// <param name="Host">The host that was tried.</param>
/// <param name="Remote">The last address tried; null when none was.</param>
/// <param name="Reached">The step that failed: Connect, Greeting, Hello, StartTls or Authenticate.</param>
/// <param name="Outcome">How it failed.</param>
/// <param name="Reply">What the host said; null when it said nothing.</param>
/// <param name="Detail">The failure in words for the log; null when the reply says it all.</param>
/// <param name="Elapsed">The time it took.</param>
public sealed record ConnectFailure(
    DownstreamHost Host,
    IPEndPoint? Remote,
    DeliveryStep Reached,
    DeliveryOutcome Outcome,
    SmtpReply? Reply,
    string? Detail,
    TimeSpan Elapsed)
{
    /// <summary>The status where the outcome's own says too little; none for that of the outcome.</summary>
    public EnhancedCode Status { get; init; }

    /// <summary>The same failure as the report of a message that could not be sent for it.</summary>
    public DeliveryReport ToReport(OutboundMessage message)
    {
        RecipientOutcome[] outcomes = new RecipientOutcome[message.Recipients.Count];
        for (int i = 0; i < outcomes.Length; i++)
        {
            outcomes[i] = new RecipientOutcome(message.Recipients[i], Outcome, Reply) { Step = Reached, Status = Status };
        }

        return new DeliveryReport
        {
            Recipients = outcomes,
            Reached = Reached,
            Host = Host,
            Remote = Remote,
            ConnectTime = Elapsed,
            Detail = Detail,
        };
    }
}
