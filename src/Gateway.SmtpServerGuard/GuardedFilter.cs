using SmtpServer;
using SmtpServer.Mail;
using SmtpServer.Protocol;
using SmtpServer.Storage;

namespace Gateway.SmtpServerGuard;

/// <summary>Checks addresses and counts recipients.</summary>
internal sealed class GuardedFilter(GuardOptions options, IMailboxFilter inner) : IMailboxFilter
{
    private const string CountKey = "Gateway:Recipients";
    private static readonly SmtpResponse BadSender = new(SmtpReplyCode.MailboxNameNotAllowed, "5.1.7 Bad sender address");
    private static readonly SmtpResponse BadRecipient = new(SmtpReplyCode.MailboxNameNotAllowed, "5.1.3 Bad recipient address");
    private static readonly SmtpResponse TooMany = new(SmtpReplyCode.InsufficientStorage, "4.5.3 Too many recipients");

    /// <inheritdoc/>
    public async Task<bool> CanAcceptFromAsync(ISessionContext context, IMailbox from, int size, CancellationToken cancellationToken)
    {
        context.Properties[CountKey] = 0;
        return IsSound(from)
            ? await AskAsync(context, () => inner.CanAcceptFromAsync(context, from, size, cancellationToken))
            : GuardReplies.Refuse(context, BadSender);
    }

    /// <inheritdoc/>
    public async Task<bool> CanDeliverToAsync(ISessionContext context, IMailbox to, IMailbox from, CancellationToken cancellationToken)
    {
        if (!IsSound(to))
        {
            return GuardReplies.Refuse(context, BadRecipient);
        }

        int count = context.Properties.TryGetValue(CountKey, out object? counted) && counted is int number ? number : 0;
        if (count >= options.MaxRecipients)
        {
            return GuardReplies.Refuse(context, TooMany);
        }

        bool taken = await AskAsync(context, () => inner.CanDeliverToAsync(context, to, from, cancellationToken));
        context.Properties[CountKey] = taken ? count + 1 : count;
        return taken;
    }

    /// <summary>An address as text; empty for the null sender.</summary>
    internal static string AddressOf(IMailbox mailbox) =>
        string.IsNullOrEmpty(mailbox.User) && string.IsNullOrEmpty(mailbox.Host) ? string.Empty : mailbox.AsAddress();

    /// <summary>True for an address that can stand in a command line. The package leaves out text it found too long, and undoes escapes in quoted local parts.</summary>
    private static bool IsSound(IMailbox mailbox) => mailbox is { User: { } user, Host: { } host } && !user.Any(char.IsControl) && !host.Any(char.IsControl);

    [CatchesAll("a fault of ours is told to the host and answered 451: the package would leave the client without a reply")]
    private async Task<bool> AskAsync(ISessionContext context, Func<Task<bool>> ask)
    {
        try
        {
            return await ask();
        }
        catch (SmtpResponseException refusal) when (!refusal.IsQuitRequested)
        {
            return GuardReplies.Refuse(context, refusal.Response);
        }
        catch (Exception fault) when (fault is not SmtpResponseException)
        {
            options.Faulted?.Invoke(fault);
            return GuardReplies.Refuse(context, GuardReplies.Fault);
        }
    }
}
