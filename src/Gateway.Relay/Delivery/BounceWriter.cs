using System.Globalization;
using System.Text;
using Gateway.Mime;
using Gateway.Relay.Clock;
using Gateway.Relay.Message;
using Gateway.Relay.Queue;
using Gateway.Relay.Telemetry;
using Gateway.Smtp.Protocol;
using Microsoft.Extensions.Logging;
using MimeKit;

namespace Gateway.Relay.Delivery;

/// <summary>Tells a sender that a message could not be delivered, is late, or went where nobody can tell.</summary>
/// <remarks>
/// Promises: the notification is on stable storage when <see cref="ReturnAsync"/> completes; it has the null sender, and nothing is
/// ever returned for mail of the null sender or for mail in the quarantine. A sender is told what it asked to be told (NOTIFY), when
/// its mail may cause notifications at all (<see cref="BouncePolicy"/>). What is not made is named in the log and counted.
/// Source: RFC 3461 sections 5.2 and 6, RFC 3464 (delivery status), RFC 6522 (multipart/report), RFC 5321 sections 4.5.5 and 6.1.
/// </remarks>
public sealed partial class BounceWriter(
    IMailQueue queue, MessageIdSource ids, Func<IDeliveryProfile> profile, GatewayMetrics metrics, ILoggerFactory logs, TimeProvider time, SteadyClock clock)
{
    private readonly ILogger _log = logs.CreateLogger(LogCategories.Bounce);

    /// <summary>Writes and stores the notification.</summary>
    /// <param name="id">The message.</param>
    /// <param name="envelope">Its envelope.</param>
    /// <param name="outcomes">The recipients that failed, wait for long, or were relayed and asked about.</param>
    /// <returns>The notification, to be delivered like any mail; null when the sender is null, wants none or may not cause one.</returns>
    /// <exception cref="QueueUnavailableException">It could not be stored; the recipients must not be given up yet.</exception>
    public async ValueTask<Work?> ReturnAsync(MessageId id, Envelope envelope, IReadOnlyList<ReportedRecipient> outcomes)
    {
        ArgumentNullException.ThrowIfNull(envelope);
        ArgumentNullException.ThrowIfNull(outcomes);
        if (envelope.Sender.Length == 0)
        {
            if (envelope.About is WithheldMessage about && outcomes.Any(r => r.NeedsRequireTls)
                && await WithholdAsync(id, envelope, about) is Work notice)
            {
                return notice;
            }

            return await DropAsync(id, envelope, outcomes);
        }

        List<ReportedRecipient> reported = Wanted(id, envelope, outcomes);
        return reported.Count == 0 ? null : await NotifyAsync(id, envelope, reported, envelope.Sender, "made");
    }

    private async ValueTask<Work> StoreAsync(MessageId id, Envelope envelope, List<ReportedRecipient> reported, string to, TimeSpan wait)
    {
        MessageId bounceId = ids.Next();
        string host = profile().HostName;
        DateTimeOffset now = time.GetUtcNow();
        using ReturnedContent returned = Returned(id, envelope, reported);
        using MessageBuffer buffer = new(queue.CreateFile);
        using (MimeMessage message = Compose(host, id, Blank(host, bounceId, now), envelope, reported, returned, to))
        using (MessageBufferStream stream = new(buffer))
        {
            FormatOptions format = FormatOptions.Default.Clone();
            format.NewLineFormat = NewLineFormat.Dos;
            await message.WriteToAsync(format, stream);
        }

        Envelope bounce = new()
        {
            Id = bounceId.ToString(),
            ReceivedAt = now,
            SteadyTicks = clock.Now.Ticks,
            Sender = string.Empty,
            Recipients = [to],
            Size = buffer.Length,
            EightBit = returned.IsEightBit || !Ascii.IsValid(to),
            // RFC 8689 section 5: it tells as much as the message's header, and must be protected like it.
            RequireTls = envelope.RequireTls,
            // Of a delay nobody is told in clear.
            About = envelope.RequireTls && reported.Exists(r => !r.IsDelayed) ? new WithheldMessage(returned.MessageId, reported[0].Status) : null,
            SmtpUtf8 = !Ascii.IsValid(to),
            Trace = $"Received: by {host} (Gateway) id {bounceId};\r\n\t{TraceHeaders.Date(now)}\r\n",
        };
        Lease lease = await queue.CommitAsync(bounceId, bounce, buffer, CancellationToken.None);
        if (reported.TrueForAll(r => r.IsDelayed))
        {
            GatewayLog.DelayTold(_log, id.ToString(), bounce.Id);
        }
        else
        {
            GatewayLog.Bounced(_log, id.ToString(), bounce.Id);
        }

        if (wait == TimeSpan.Zero)
        {
            return new Work(lease, bounce, null);
        }

        DeliveryState later = new() { Remaining = bounce.Recipients, Due = time.GetUtcNow() + wait, LastReply = "waits for Relay:Bounces:PerMinute" };
        await queue.DeferAsync(lease, later, CancellationToken.None);
        return new Work(lease, bounce, later);
    }

    /// <summary>RFC 3461 section 4.1: NEVER, or SUCCESS without FAILURE, means no word of a failure; of a delay, all but DELAY and nothing.</summary>
    private List<ReportedRecipient> Wanted(MessageId id, Envelope envelope, IReadOnlyList<ReportedRecipient> outcomes)
    {
        List<ReportedRecipient> wanted = [];
        foreach (ReportedRecipient one in outcomes)
        {
            DsnNotify notify = envelope.Dsn?.For(one.Address).Notify ?? DsnNotify.Unspecified;
            if (one.IsRelayed || notify == DsnNotify.Unspecified || notify.HasFlag(one.IsDelayed ? DsnNotify.Delay : DsnNotify.Failure))
            {
                wanted.Add(one);
            }
            else if (one.IsFailed)
            {
                GatewayLog.NotificationUnwanted(_log, id.ToString(), LogText.InBrackets(one.Address), one.Diagnostic);
            }
        }

        return wanted;
    }

    private MimeMessage Compose(
        string host, MessageId id, MimeMessage message, Envelope envelope, List<ReportedRecipient> reported, ReturnedContent returned, string recipient)
    {
        // Raw octets: MimeKit writes what is not US-ASCII in an address as '?'. Such a notification travels with SMTPUTF8.
        Header to = new(HeaderId.To, "postmaster");
        to.SetRawValue(Encoding.UTF8.GetBytes($" {recipient}\r\n"));
        message.Headers.Replace(to);
        message.Subject = reported.Exists(r => r.IsFailed) ? "Undelivered Mail Returned to Sender"
            : reported.Exists(r => r.IsDelayed) ? "Delayed Mail (still being retried)"
            : "Successful Mail Delivery Report";
        message.Body = new MultipartReport("delivery-status")
        {
            new TextPart("plain") { Text = Explain(host, reported, returned.IsWhole) },
            Status(host, id, envelope, reported),
            returned.Part,
        };
        message.Body.Prepare(EncodingConstraint.SevenBit);
        returned.Settle();
        return message;
    }

    private static MimeMessage Blank(string host, MessageId id, DateTimeOffset now)
    {
        string domain = MailPath.TryParse($"postmaster@{host}", out _) ? host : "localhost";
        MimeMessage message = new() { Date = now, MessageId = $"{id}@{domain}" };
        message.From.Add(new MailboxAddress("Mail Delivery System", $"MAILER-DAEMON@{domain}"));
        message.Headers.Add(HeaderId.AutoSubmitted, "auto-replied");
        return message;
    }

    private static string Explain(string host, List<ReportedRecipient> reported, bool whole)
    {
        StringBuilder text = new();
        text.Append(CultureInfo.InvariantCulture, $"This is the mail system at host {host}.\r\n\r\n");
        foreach (IGrouping<string, ReportedRecipient> group in reported.GroupBy(r => r.Action, StringComparer.Ordinal))
        {
            text.Append(group.Key switch
            {
                "relayed" => "Your message was passed on to a mail system that does not report delivery. You may\r\nhear no more about these recipients.\r\n",
                "delayed" => "THIS IS A WARNING ONLY. YOU DO NOT NEED TO RESEND YOUR MESSAGE.\r\n\r\nYour message could not be delivered yet. It is tried again.\r\n",
                _ => "Your message could not be delivered to one or more recipients.\r\n",
            });
            text.Append(whole ? "It is attached below.\r\n\r\n" : "Its header is attached below.\r\n\r\n");
            foreach (ReportedRecipient recipient in group)
            {
                string said = recipient.Host.Length > 0 ? $"host {recipient.Host} said: " : string.Empty;
                text.Append(ReportText.Paragraph($"<{recipient.Address}>: {said}{recipient.Diagnostic}")).Append("\r\n");
            }
        }

        return text.ToString();
    }

    private MimePart Status(string host, MessageId id, Envelope envelope, List<ReportedRecipient> reported)
    {
        using MessageDeliveryStatus status = new();
        HeaderList perMessage = new();
        if (envelope.Dsn?.EnvelopeId is { } envelopeId)
        {
            perMessage.Add("Original-Envelope-Id", DsnParameters.DecodeXtext(envelopeId));
        }

        perMessage.Add("Reporting-MTA", $"dns; {host}");
        perMessage.Add("X-Gateway-Queue-ID", id.ToString());
        perMessage.Add("Arrival-Date", TraceHeaders.Date(envelope.ReceivedAt));
        status.StatusGroups.Add(perMessage);
        foreach (ReportedRecipient recipient in reported)
        {
            HeaderList group = new();
            if (envelope.Dsn?.For(recipient.Address).OriginalRecipient is { } original)
            {
                group.Add("Original-Recipient", Original(original));
            }

            group.Add("Final-Recipient", TypedAddress(recipient.Address));
            group.Add("Action", recipient.Action);
            group.Add("Status", recipient.Status);
            if (recipient.Host.Length > 0)
            {
                group.Add("Remote-MTA", $"dns; {recipient.Host}");
                group.Add(ReportText.Diagnostic(recipient.Diagnostic));
            }

            if (recipient.IsDelayed)
            {
                TimeSpan left = profile().RetryFor(recipient.Address).Lifetime - clock.AgeOf(envelope.Since);
                group.Add("Will-Retry-Until", TraceHeaders.Date(time.GetUtcNow() + left));
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

    /// <summary>RFC 3464 section 2.3.1: type and address as ORCPT gave them, decoded.</summary>
    private static string Original(string orcpt)
    {
        int semicolon = orcpt.IndexOf(';', StringComparison.Ordinal);
        return $"{orcpt[..semicolon]}; {Seven(DsnParameters.DecodeXtext(orcpt[(semicolon + 1)..]))}";
    }

    /// <summary>RFC 3464 section 2.3.2; RFC 6533 section 3 for addresses beyond US-ASCII, in its 7-bit form.</summary>
    private static string TypedAddress(string address) => (Ascii.IsValid(address) ? "rfc822; " : "utf-8; ") + Seven(address);

    private static string Seven(string address)
    {
        if (Ascii.IsValid(address))
        {
            return address;
        }

        StringBuilder seven = new();
        foreach (Rune rune in address.EnumerateRunes())
        {
            bool plain = rune.Value is > ' ' and < 0x7F and not ('\\' or '+' or '=');
            seven.Append(plain ? rune.ToString() : $"\\x{{{rune.Value:X}}}");
        }

        return seven.ToString();
    }

    private ReturnedContent Returned(MessageId id, Envelope envelope, List<ReportedRecipient> reported)
    {
        try
        {
            using MessageBytes content = queue.Read(id);
            return new ReturnedContent(content, envelope, reported);
        }
        catch (Exception e) when (e is QueueDamagedException or InvalidOperationException or IOException)
        {
            // The sender has to know all the same.
            GatewayLog.DeliveryFault(_log, e, id.ToString());
            return new ReturnedContent();
        }
    }
}
