using Gateway.Smtp.Protocol;

namespace Gateway.Smtp.Client;

/// <summary>The one place that decides whether a reply, a lost connection or a silence is about the connection, the host or the message.</summary>
/// <remarks>
/// Promises: every failure has a row; the first row that applies decides. docs/operations.md shows the same rows.
/// Threads: immutable. Cost: asked for failures only, never for a message that passes.
/// Source: RFC 5321 sections 3.8, 4.2.4.2, 4.2.5 and 4.5.3.1.10; RFC 3463 section 3; RFC 3207 section 4; Postfix's smtp_trouble.c.
/// </remarks>
public static class FailureTable
{
    /// <summary>The rows, in the order in which they are asked.</summary>
    public static IReadOnlyList<FailureRule> Rules { get; } =
    [
        new("a fault of ours: the stored message cannot be read, the gateway stops", FailureScope.Gateway, "the host has no part in it")
        {
            Applies = static f => f.Outcome is DeliveryOutcome.ContentUnavailable or DeliveryOutcome.Interrupted,
        },
        new("the host lacks an extension the message needs, or the message is larger than its SIZE", FailureScope.Message, "another message would pass")
        {
            Applies = static f => f.Outcome is DeliveryOutcome.CapabilityMissing or DeliveryOutcome.TooLarge,
        },
        new("any failure before MAIL on a new connection: name, connect, greeting, EHLO, TLS, AUTH", FailureScope.Host, "no message was spoken of, 5xx included")
        {
            Applies = static f => f.Step < DeliveryStep.Reset,
        },
        new("RSET or XFORWARD answered with anything but 2xx, as far as it ends the attempt", FailureScope.Session, "they speak of the message before, or of none")
        {
            Applies = static f => f.Step < DeliveryStep.Mail && f.Outcome != DeliveryOutcome.TimedOut,
        },
        new("421 before the content, or a lost connection or a broken reply before it, on a connection used before", FailureScope.Session, "the host has had enough of this connection")
        {
            Applies = static f => f.IsReused && f.Step < DeliveryStep.Body
                && (f.Reply is { Code: 421 } || f.Outcome is DeliveryOutcome.Disconnected or DeliveryOutcome.ProtocolError),
        },
        new("421 anywhere", FailureScope.Host, "the host takes no mail now (RFC 5321 section 3.8)")
        {
            Applies = static f => f.Reply is { Code: 421 },
        },
        new("530, 5.7.0, 5.7.10 or 5.7.11 before the content, in clear because TLS failed", FailureScope.Host, "the trouble is TLS, and it passes (RFC 3207 section 4)")
        {
            Applies = static f => f.IsInClear && f.Step < DeliveryStep.Body && f.Reply is { IsPermanent: true } reply
                && (reply.Code == 530 || reply.Enhanced is { Subject: 7, Detail: 0 or 10 or 11 }),
        },
        new("MAIL on a connection used before: 503, 5xx that names neither address, mailbox, size nor content, or \"too many messages\"", FailureScope.Session, "a new connection tells whether it is the message")
        {
            Applies = static f => f.IsReused && f.Step == DeliveryStep.Mail && f.Reply is { } reply && MayMeanTheSession(reply),
        },
        new("4.3.0, 4.3.1, 4.3.2 or 4.3.5 before the content; 452 without enhanced code to MAIL or DATA", FailureScope.Host, "the host's own system is in trouble (RFC 3463 section 3.4)")
        {
            Applies = static f => f.Step < DeliveryStep.Body && f.Reply is { IsTransient: true } reply && IsSystemTrouble(reply, f.Step),
        },
        new("a lost connection, a broken reply or silence before the content", FailureScope.Host, "the host has not seen the message yet")
        {
            Applies = static f => f.Step < DeliveryStep.Body
                && f.Outcome is DeliveryOutcome.Disconnected or DeliveryOutcome.ProtocolError or DeliveryOutcome.TimedOut,
        },
        new("everything else: 4xx and 5xx to MAIL, RCPT, DATA and the end of data; what breaks off behind DATA", FailureScope.Message, "the host speaks of this message, or had it when it broke off"),
    ];

    /// <summary>What a failure is about.</summary>
    public static FailureScope ScopeOf(in Failure failure)
    {
        foreach (FailureRule rule in Rules)
        {
            if (rule.Applies(failure))
            {
                return rule.Scope;
            }
        }

        throw new InvalidOperationException("The last row applies to all.");
    }

    // A reply to MAIL that does not say what of this message it means: it may well mean what was sent before it.
    private static bool MayMeanTheSession(SmtpReply reply) => reply.Code == 503
        || (reply.IsPermanent && reply.Code is not (552 or 553 or 555) && reply.Enhanced is { Subject: 0 or 3 or 4 or 5 or 7 } and not { Subject: 3, Detail: 4 })
        || reply.Text.Contains("too many m", StringComparison.OrdinalIgnoreCase);

    private static bool IsSystemTrouble(SmtpReply reply, DeliveryStep step) => reply.Enhanced.IsNone
        // To RCPT it means too many recipients (RFC 5321 section 4.5.3.1.10).
        ? reply.Code == 452 && step != DeliveryStep.Recipient
        : reply.Enhanced is { Subject: 3, Detail: 0 or 1 or 2 or 5 };
}
