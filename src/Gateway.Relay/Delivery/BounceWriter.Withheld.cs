using Gateway.Relay.Message;
using Gateway.Relay.Queue;
using Gateway.Relay.Telemetry;
using Gateway.Smtp.Protocol;
using MimeKit;

namespace Gateway.Relay.Delivery;

/// <content>Mail with REQUIRETLS whose sender cannot be told over TLS either.</content>
/// <remarks>Source: RFC 8689 section 5.</remarks>
public sealed partial class BounceWriter
{
    /// <summary>
    /// Tells the postmaster of the sender's domain that there was a message, and nothing of what it is about: no address and no field of it but
    /// its Message-ID.
    /// </summary>
    /// <param name="id">The notification that cannot be returned.</param>
    /// <param name="envelope">Its envelope.</param>
    /// <param name="about">What may be told.</param>
    /// <returns>The notice; null when the sender's domain is no domain.</returns>
    private async ValueTask<Work?> WithholdAsync(MessageId id, Envelope envelope, WithheldMessage about)
    {
        if (!MailPath.TryParse(envelope.Recipients[0], out MailPath sender) || !MailPath.TryParse($"postmaster@{sender.Domain}", out MailPath postmaster))
        {
            return null;
        }

        MessageId noticeId = ids.Next();
        string host = profile().HostName;
        DateTimeOffset now = time.GetUtcNow();
        using MessageBuffer buffer = new(queue.CreateFile);
        using (MimeMessage message = Blank(host, noticeId, now))
        using (MessageBufferStream stream = new(buffer))
        {
            message.To.Add(new MailboxAddress(string.Empty, "postmaster"));
            message.Subject = "Undelivered mail, details withheld";
            string which = about.MessageId.Length > 0 ? $"Its Message-ID is {about.MessageId}" : "It has no Message-ID";
            message.Body = new TextPart("plain")
            {
                Text = $"This is the mail system at host {host}.\r\n\r\n"
                    + "A message from your domain could not be delivered. It had to be sent on over TLS only\r\n"
                    + "(REQUIRETLS, RFC 8689), and so had the report to its sender, which was not possible.\r\n"
                    + $"No more than this may be told here. {which}.\r\nStatus: {about.Status}\r\n",
            };
            FormatOptions format = FormatOptions.Default.Clone();
            format.NewLineFormat = NewLineFormat.Dos;
            await message.WriteToAsync(format, stream);
        }

        Envelope notice = new()
        {
            Id = noticeId.ToString(),
            ReceivedAt = now,
            SteadyTicks = clock.Now.Ticks,
            Sender = string.Empty,
            Recipients = [postmaster.Address],
            Size = buffer.Length,
            SmtpUtf8 = !postmaster.IsAscii,
            Trace = $"Received: by {host} (Gateway) id {noticeId};\r\n\t{TraceHeaders.Date(now)}\r\n",
        };
        Lease lease = await queue.CommitAsync(noticeId, notice, buffer, CancellationToken.None);
        metrics.Bounce("withheld");
        GatewayLog.Withheld(_log, id.ToString(), LogText.InBrackets(postmaster.Address), notice.Id);
        return new Work(lease, notice, null);
    }
}
