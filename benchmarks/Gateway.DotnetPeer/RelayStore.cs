using System.Buffers;
using System.Collections.Concurrent;
using MailKit.Net.Smtp;
using MailKit.Security;
using MimeKit;
using SmtpServer;
using SmtpServer.Mail;
using SmtpServer.Storage;
using SmtpResponse = SmtpServer.Protocol.SmtpResponse;

namespace Gateway.DotnetPeer;

/// <summary>Reads each message with MimeKit and sends it with MailKit before the client gets its 250.</summary>
/// <param name="port">The host behind, on loopback.</param>
internal sealed class RelayStore(int port) : MessageStore
{
    private readonly ConcurrentBag<SmtpClient> _idle = [];

    /// <inheritdoc/>
    public override async Task<SmtpResponse> SaveAsync(
        ISessionContext context, IMessageTransaction transaction, ReadOnlySequence<byte> buffer, CancellationToken cancellationToken)
    {
        using MemoryStream octets = new(buffer.ToArray());
        MimeMessage message = await MimeMessage.LoadAsync(octets, cancellationToken);
        if (!_idle.TryTake(out SmtpClient? client) || !client.IsConnected)
        {
            client = new SmtpClient();
            await client.ConnectAsync("127.0.0.1", port, SecureSocketOptions.None, cancellationToken);
        }

        MailboxAddress sender = MailboxAddress.Parse(transaction.From.AsAddress());
        await client.SendAsync(message, sender, transaction.To.Select(static t => MailboxAddress.Parse(t.AsAddress())), cancellationToken);
        _idle.Add(client);
        return SmtpResponse.Ok;
    }
}
