using System.Buffers;
using System.Globalization;
using Gateway.Mime;
using Gateway.SmtpServerGuard.Wire;
using SmtpServer;
using SmtpServer.Protocol;
using SmtpServer.Storage;

namespace Gateway.SmtpServerGuard;

/// <summary>Inspects each message; see <see cref="MessageGuard"/> for its promises.</summary>
/// <remarks>It cannot be disposed of on purpose: the package disposes of a store that can be behind each message.</remarks>
internal sealed class GuardedStore(MessageGuard guard, GuardOptions options, IMessageStore inner) : IMessageStore
{
    private static readonly SmtpResponse TooBig = new(SmtpReplyCode.SizeLimitExceeded, "5.3.4 Message too big");
    private static readonly SmtpResponse Held = new(SmtpReplyCode.Ok, "2.0.0 Message accepted");

    /// <inheritdoc/>
    [CatchesAll("a fault of ours is told to the host and answered 451: the package would leave the client without a reply")]
    public async Task<SmtpResponse> SaveAsync(
        ISessionContext context, IMessageTransaction transaction, ReadOnlySequence<byte> buffer, CancellationToken cancellationToken)
    {
        try
        {
            return await JudgeAsync(context, transaction, buffer) ?? GuardReplies.Fault;
        }
        catch (SmtpResponseException refusal)
        {
            // The package would leave the client without a reply.
            return refusal.Response;
        }
        catch (Exception fault)
        {
            options.Faulted?.Invoke(fault);
            return GuardReplies.Fault;
        }
    }

    private async Task<SmtpResponse?> JudgeAsync(ISessionContext context, IMessageTransaction transaction, ReadOnlySequence<byte> buffer)
    {
        bool empty = context.Pipe is GuardedPipe { HasEmptyContent: true };
        ReadOnlySequence<byte> octets = empty ? buffer : LineEnd.Behind(buffer);
        if (octets.Length > options.MaxMessageBytes)
        {
            return TooBig;
        }

        string sender = GuardedFilter.AddressOf(transaction.From);
        InspectionReport report = guard.Inspect(octets, nullSender: sender.Length == 0, utf8: transaction.Parameters.ContainsKey("SMTPUTF8"));
        context.Properties[MessageGuard.ReportKey] = report;
        GuardedMail mail = new(sender, [.. transaction.To.Select(GuardedFilter.AddressOf)], octets, report);
        options.Judged?.Invoke(mail);
        if (report.Verdict < RuleAction.Quarantine)
        {
            // A stop of the server cancels its token, but what has begun must be able to end.
            return await inner.SaveAsync(context, transaction, octets, CancellationToken.None);
        }

        if (report.Verdict == RuleAction.Reject || options.Held is null)
        {
            return Refusal(report);
        }

        await options.Held.HoldAsync(mail, CancellationToken.None);
        return Held;
    }

    private static SmtpResponse Refusal(InspectionReport report)
    {
        string why = report.Decisive is { } worst
            ? string.Create(CultureInfo.InvariantCulture, $" ({worst.RuleName} at octet {worst.Offset})")
            : string.Empty;
        return new SmtpResponse(SmtpReplyCode.MailboxUnavailable, "5.6.0 Message refused" + why);
    }
}
