using System.Globalization;
using System.Text;
using Gateway.Mime;
using Gateway.Relay.Intake;
using Gateway.Relay.Queue;
using Gateway.Relay.Telemetry;
using Gateway.Smtp.Client;
using Gateway.Smtp.Protocol;
using Microsoft.Extensions.Logging;
using MimeKit;

namespace Gateway.Relay.Delivery;

/// <summary>A recipient that will not get the message.</summary>
/// <param name="Address">The forward-path.</param>
/// <param name="Status">RFC 3463 status, class 5 (class 4 when it expired).</param>
/// <param name="Diagnostic">What the host said, safe to show; printable.</param>
/// <param name="Host">The host that said it, or empty.</param>
public sealed record FailedRecipient(string Address, string Status, string Diagnostic, string Host)
{
    internal static FailedRecipient Refused(RecipientOutcome outcome, DeliveryReport report) => new(
        outcome.Recipient,
        outcome.Status.ToString(),
        LogText.Escape(outcome.Reply?.ToString() ?? DeliveryText.Describe(outcome.Outcome, report.Reached)),
        outcome.Reply is null ? string.Empty : report.Host.Host);

    internal static FailedRecipient Expired(string recipient, string last) =>
        new(recipient, "4.4.7", $"delivery time expired; last answer: {last}", string.Empty);
}

/// <summary>Tells a sender that a message could not be delivered.</summary>
/// <remarks>
/// Promises: the notification is on stable storage when <see cref="ReturnAsync"/> completes; it has the null sender, and nothing is
/// ever returned for mail of the null sender or for mail held in the quarantine.
/// Source: RFC 3464 (delivery status), RFC 6522 (multipart/report), RFC 5321 sections 4.5.5 and 6.1.
/// </remarks>
public sealed class BounceWriter(
    IMailQueue queue, MessageIdSource ids, Func<RelayProfile> profile, ILoggerFactory logs)
{
    private const int MaxHeaderOctets = 64 * 1024;

    private readonly ILogger _log = logs.CreateLogger(LogCategories.Deliver);

    /// <summary>Writes and stores the notification.</summary>
    /// <returns>The notification, to be delivered like any mail; null when the sender is null.</returns>
    /// <exception cref="Gateway.Spool.SpoolUnavailableException">It could not be stored; the recipients must not be given up yet.</exception>
    public async ValueTask<Work?> ReturnAsync(MessageId id, Envelope envelope, IReadOnlyList<FailedRecipient> failed)
    {
        ArgumentNullException.ThrowIfNull(envelope);
        ArgumentNullException.ThrowIfNull(failed);
        if (envelope.Sender.Length == 0)
        {
            foreach (FailedRecipient recipient in failed)
            {
                GatewayLog.DoubleBounce(_log, id.ToString(), LogText.Escape(recipient.Address), recipient.Diagnostic);
            }

            return null;
        }

        MessageId bounceId = ids.Next();
        string host = profile().HostName;
        using IntakeBuffer buffer = new(queue.CreateFile);
        using (MimeMessage message = Compose(host, id, bounceId, envelope, failed))
        using (IntakeStream stream = new(buffer))
        {
            FormatOptions format = FormatOptions.Default.Clone();
            format.NewLineFormat = NewLineFormat.Dos;
            await message.WriteToAsync(format, stream);
        }

        Envelope bounce = new()
        {
            Id = bounceId.ToString(),
            ReceivedAt = bounceId.Time,
            Sender = string.Empty,
            Recipients = [envelope.Sender],
            Size = buffer.Length,
            SmtpUtf8 = envelope.SmtpUtf8 && !Ascii.IsValid(envelope.Sender),
            Trace = $"Received: by {host} (Gateway) id {bounceId};\r\n\t{TraceHeaders.Date(bounceId.Time)}\r\n",
        };
        Lease lease = await queue.CommitAsync(bounceId, bounce, buffer, CancellationToken.None);
        GatewayLog.Bounced(_log, id.ToString(), bounce.Id);
        return new Work(lease, bounce, null);
    }

    private MimeMessage Compose(string host, MessageId id, MessageId bounceId, Envelope envelope, IReadOnlyList<FailedRecipient> failed)
    {
        string domain = MailPath.TryParse($"postmaster@{host}", out _) ? host : "localhost";
        MimeMessage message = new();
        message.From.Add(new MailboxAddress("Mail Delivery System", $"MAILER-DAEMON@{domain}"));
        // Raw octets: MimeKit writes what is not US-ASCII in an address as '?'. Such a notification travels with SMTPUTF8.
        Header to = new(HeaderId.To, "postmaster");
        to.SetRawValue(Encoding.UTF8.GetBytes($" {envelope.Sender}\r\n"));
        message.Headers.Replace(to);
        message.Subject = "Undelivered Mail Returned to Sender";
        message.Date = bounceId.Time;
        message.MessageId = $"{bounceId}@{domain}";
        message.Headers.Add(HeaderId.AutoSubmitted, "auto-replied");
        message.Body = new MultipartReport("delivery-status")
        {
            new TextPart("plain") { Text = Explain(host, failed) },
            Status(host, id, envelope, failed),
            Returned(OriginalHeaders(id)),
        };
        message.Body.Prepare(EncodingConstraint.SevenBit);
        return message;
    }

    private static string Explain(string host, IReadOnlyList<FailedRecipient> failed)
    {
        StringBuilder text = new();
        text.Append(CultureInfo.InvariantCulture, $"This is the mail system at host {host}.\r\n\r\n");
        text.Append("Your message could not be delivered to one or more recipients.\r\nIts header is attached below.\r\n\r\n");
        foreach (FailedRecipient recipient in failed)
        {
            string said = recipient.Host.Length > 0 ? $"host {recipient.Host} said: " : string.Empty;
            text.Append(CultureInfo.InvariantCulture, $"<{recipient.Address}>: {said}{recipient.Diagnostic}\r\n");
        }

        return text.ToString();
    }

    private static MimePart Status(string host, MessageId id, Envelope envelope, IReadOnlyList<FailedRecipient> failed)
    {
        using MessageDeliveryStatus status = new();
        HeaderList perMessage = new() { { "Reporting-MTA", $"dns; {host}" }, { "X-Gateway-Queue-ID", id.ToString() } };
        perMessage.Add("Arrival-Date", TraceHeaders.Date(envelope.ReceivedAt));
        status.StatusGroups.Add(perMessage);
        foreach (FailedRecipient recipient in failed)
        {
            HeaderList group = new()
            {
                { "Final-Recipient", TypedAddress(recipient.Address) },
                { "Action", "failed" },
                { "Status", recipient.Status },
            };
            if (recipient.Host.Length > 0)
            {
                group.Add("Remote-MTA", $"dns; {recipient.Host}");
                group.Add("Diagnostic-Code", $"smtp; {recipient.Diagnostic}");
            }

            status.StatusGroups.Add(group);
        }

        return WithoutLastBlankLine(status);
    }

    /// <summary>
    /// MimeKit ends every group with a blank line, the last one too: a reader that counts groups (Python's, for one) sees an empty
    /// one more. RFC 3464 section 2.1 has blank lines between groups only.
    /// </summary>
    private static MimePart WithoutLastBlankLine(MessageDeliveryStatus status)
    {
        using MemoryStream fields = new();
        status.WriteTo(fields, contentOnly: true);
        string text = Encoding.UTF8.GetString(fields.GetBuffer(), 0, (int)fields.Length).TrimEnd();
        return new MimePart("message", "delivery-status") { Content = new MimeContent(new MemoryStream(Encoding.UTF8.GetBytes(text + "\n"))) };
    }

    /// <summary>RFC 3464 section 2.3.2; RFC 6533 section 3 for addresses beyond US-ASCII, in its 7-bit form.</summary>
    private static string TypedAddress(string address)
    {
        if (Ascii.IsValid(address))
        {
            return $"rfc822; {address}";
        }

        StringBuilder seven = new("utf-8; ");
        foreach (Rune rune in address.EnumerateRunes())
        {
            bool plain = rune.Value is > ' ' and < 0x7F and not ('\\' or '+' or '=');
            seven.Append(plain ? rune.ToString() : $"\\x{{{rune.Value:X}}}");
        }

        return seven.ToString();
    }

    private static MimePart Returned(byte[] headers)
    {
        MimePart part = new("text", "rfc822-headers") { Content = new MimeContent(new MemoryStream(headers)) };
        // RFC 6522 section 4 allows quoted-printable for broken headers, and nothing else.
        part.ContentTransferEncoding = part.GetBestEncoding(EncodingConstraint.SevenBit) == ContentEncoding.SevenBit
            ? ContentEncoding.SevenBit
            : ContentEncoding.QuotedPrintable;
        return part;
    }

    private static int HeaderLength(ReadOnlySpan<byte> start)
    {
        if (start.StartsWith("\r\n"u8))
        {
            return 0;
        }

        int end = start.IndexOf("\r\n\r\n"u8);
        // Without its end in sight whole lines only: what is cut off in the middle may read as something else.
        end = end < 0 ? start.LastIndexOf("\r\n"u8) : end;
        return end < 0 ? 0 : end + 2;
    }

    /// <summary>The header block as it was received, at most 64 KiB of it; empty when the message has none or cannot be read.</summary>
    private byte[] OriginalHeaders(MessageId id)
    {
        try
        {
            using MessageBytes content = queue.Read(id);
            using Stream stream = content.OpenStream();
            byte[] head = new byte[(int)Math.Min(content.Length, MaxHeaderOctets)];
            int length = stream.ReadAtLeast(head, head.Length, throwOnEndOfStream: false);
            return head[..HeaderLength(head.AsSpan(0, length))];
        }
        catch (Exception e) when (e is Gateway.Spool.SpoolCorruptException or InvalidOperationException or IOException)
        {
            // The sender has to know all the same.
            GatewayLog.DeliveryFault(_log, e, id.ToString());
            return [];
        }
    }
}
