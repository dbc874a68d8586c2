using System.Buffers;
using SmtpServer;
using SmtpServer.Authentication;
using SmtpServer.Mail;
using SmtpServer.Protocol;
using SmtpServer.Storage;

namespace Gateway.Smtp.Server.PackageEngine;

/// <summary>What the package asks while it carries out a command of a session; its own readings of addresses and names are not used.</summary>
/// <remarks>The package disposes what it asks when that can be disposed, and the session is its pipe: so this is an object of its own.</remarks>
internal sealed class PackageQuestions(PackageSession session) : IMailboxFilter, IMessageStore, IUserAuthenticator
{
    /// <inheritdoc/>
    public Task<bool> CanAcceptFromAsync(ISessionContext context, IMailbox from, int size, CancellationToken cancellationToken) =>
        session.MailAsync().AsTask();

    /// <inheritdoc/>
    public Task<bool> CanDeliverToAsync(ISessionContext context, IMailbox to, IMailbox from, CancellationToken cancellationToken) =>
        session.RecipientAsync().AsTask();

    /// <inheritdoc/>
    /// <remarks>The token is the package's, which is never cancelled; the octets are the placeholder.</remarks>
    public async Task<SmtpResponse> SaveAsync(
        ISessionContext context, IMessageTransaction transaction, ReadOnlySequence<byte> buffer, CancellationToken cancellationToken)
    {
        await session.CommitAsync();
        return SmtpResponse.Ok;
    }

    /// <inheritdoc/>
    /// <remarks>Ours has read the same line and checked the password.</remarks>
    public Task<bool> AuthenticateAsync(ISessionContext context, string user, string password, CancellationToken cancellationToken) =>
        Task.FromResult(session.HasAuthenticated);
}
