using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using Gateway.Mime;
using Gateway.Relay.Clock;
using Gateway.Relay.Message;
using Gateway.Relay.Queue;
using Gateway.Relay.Telemetry;
using Gateway.Smtp.Protocol;
using Microsoft.Extensions.Logging;

namespace Gateway.Relay.Delivery;

/// <summary>Takes over mail that another gateway exported from its queue.</summary>
/// <remarks>
/// Promises: a message is on stable storage under an id of this queue when <see cref="TakeAsync"/> completes, whole or not at all. It keeps
/// its envelope (recipients left, DSN, REQUIRETLS), the time it was received, and why it was on hold. Its rules were applied where it was received.
/// Fails: <see cref="ImportRefusedException"/> says what is wrong with it; <see cref="QueueUnavailableException"/>.
/// Threads: any.
/// </remarks>
public sealed class QueueImport(
    IMailQueue queue, DeliveryQueue delivery, MessageIdSource ids, Func<IDeliveryProfile> profile, ILoggerFactory logs, TimeProvider time, SteadyClock clock)
{
    private readonly ILogger _log = logs.CreateLogger(LogCategories.Queue);

    /// <summary>Takes one message.</summary>
    /// <param name="entry">What was exported beside the octets.</param>
    /// <param name="octets">The octets, with the trace fields of the queue it was in.</param>
    /// <param name="actor">Who orders it, for the log.</param>
    /// <param name="reason">Why, for the log.</param>
    /// <param name="dryRun">Only look whether it could be taken.</param>
    /// <param name="ct">Gives up reading.</param>
    /// <returns>Its id here; null of a dry run.</returns>
    public async Task<MessageId?> TakeAsync(QueueEntry entry, Stream octets, string actor, string reason, bool dryRun, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(entry);
        ArgumentNullException.ThrowIfNull(octets);
        CheckEnvelope(entry);
        using MessageBuffer buffer = new(queue.CreateFile);
        WireScanner scanner = new();
        string digest = await ReadAsync(octets, buffer, scanner, ct);
        WireFacts facts = scanner.Complete();
        if (!digest.Equals(entry.Sha256, StringComparison.OrdinalIgnoreCase))
        {
            throw new ImportRefusedException($"its octets ({buffer.Length}) are not those that were exported: their SHA-256 is {digest}");
        }

        if (dryRun)
        {
            return null;
        }

        MessageId id = ids.Next();
        Envelope envelope = EnvelopeOf(entry, id, facts);
        Lease lease = await queue.CommitAsync(id, envelope, buffer, CancellationToken.None);
        DeliveryState state = new() { Remaining = envelope.Recipients, Hold = entry.Hold.Length > 0 ? LogText.Escape(entry.Hold, 200) : null };
        if (state.Hold is not null)
        {
            await queue.DeferAsync(lease, state, CancellationToken.None);
        }

        GatewayLog.Imported(
            _log, envelope.Id, LogText.InBrackets(envelope.Sender), envelope.Size, envelope.Recipients.Count, LogText.Escape(actor), LogText.Escape(entry.Id, 40),
            LogText.Escape(reason));
        delivery.Enqueue(new Work(lease, envelope, state));
        return id;
    }

    private static async Task<string> ReadAsync(Stream octets, MessageBuffer buffer, WireScanner scanner, CancellationToken ct)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] block = new byte[64 * 1024];
        int read;
        while ((read = await octets.ReadAsync(block, ct)) > 0)
        {
            buffer.Append(block.AsSpan(0, read));
            scanner.Append(block.AsSpan(0, read));
            hash.AppendData(block, 0, read);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private void CheckEnvelope(QueueEntry entry)
    {
        if (entry.Sender is null || !MailPath.TryParse(entry.Sender, out _))
        {
            throw new ImportRefusedException($"its sender '{LogText.Escape(entry.Sender ?? string.Empty)}' is no address");
        }

        if (entry.Recipients is not { Count: > 0 })
        {
            throw new ImportRefusedException("it has no recipient");
        }

        foreach (string recipient in entry.Recipients)
        {
            if (recipient is null || !MailPath.TryParse(recipient, out MailPath path) || path.IsNull)
            {
                throw new ImportRefusedException($"its recipient '{LogText.Escape(recipient ?? string.Empty)}' is no address");
            }
        }

        if (entry.Client is null || (entry.Client.Length > 0 && !IPAddress.TryParse(entry.Client, out _)))
        {
            throw new ImportRefusedException($"its client '{LogText.Escape(entry.Client ?? string.Empty)}' is no IP address");
        }

        if (!IsSound(entry.Dsn))
        {
            throw new ImportRefusedException("what its sender asked to be told (dsn) is not in the form of RFC 3461");
        }

        if (entry.ReceivedAt > time.GetUtcNow() + TimeSpan.FromDays(1))
        {
            throw new ImportRefusedException($"it was received in the future ({entry.ReceivedAt.ToString("u", CultureInfo.InvariantCulture)})");
        }

        if (entry.Sha256 is null)
        {
            throw new ImportRefusedException("its SHA-256 is missing, so nobody can tell whether the octets are whole; export it again");
        }
    }

    private static bool IsSound(DsnRequest? dsn) => dsn is null || ((dsn.EnvelopeId is null || DsnParameters.TryReadEnvelopeId(Encoding.UTF8.GetBytes(dsn.EnvelopeId), out _))
        && dsn.Recipients is not null && dsn.Recipients.All(static one => one is { Address: not null }
            && (one.OriginalRecipient is null || DsnParameters.TryReadOriginalRecipient(Encoding.UTF8.GetBytes(one.OriginalRecipient), smtpUtf8: true, out _))));

    private Envelope EnvelopeOf(QueueEntry entry, MessageId id, WireFacts facts) => new()
    {
        Id = id.ToString(),
        ReceivedAt = entry.ReceivedAt,
        // A person who has seen the date ordered it: the message keeps its age.
        SteadyTicks = (clock.Now - (time.GetUtcNow() - entry.ReceivedAt)).Ticks,
        Sender = entry.Sender,
        Recipients = entry.Recipients,
        ClientAddress = entry.Client,
        User = entry.User,
        Size = facts.Length,
        EightBit = facts.FirstEightBit >= 0,
        Binary = entry.Binary,
        Unterminated = facts.Length > 0 && !facts.EndsWithCrlf,
        SmtpUtf8 = entry.SmtpUtf8,
        RequireTls = entry.RequireTls,
        Dsn = entry.Dsn,
        Risky = entry.IsSuspect,
        Trace = $"Received: by {profile().HostName} (Gateway, imported from a queue) id {id};\r\n\t{TraceHeaders.Date(time.GetUtcNow())}\r\n",
    };
}
