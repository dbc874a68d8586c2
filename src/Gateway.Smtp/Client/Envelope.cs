using System.Buffers;
using Gateway.Smtp.Protocol;

namespace Gateway.Smtp.Client;

/// <summary>Writes the envelope commands of a message as one host understands them.</summary>
internal static class Envelope
{
    // RFC 5321 section 4.5.3.1.3 allows a path of 256 octets; parameters and UTF-8 widen it. More is no address.
    private const int MaxPathCharacters = 1000;

    private static readonly SearchValues<char> Forbidden = SearchValues.Create(
        [.. Enumerable.Range(0, 0x20).Select(static c => (char)c), '\x7f']);

    /// <summary>RFC 8689: REQUIRETLS support required.</summary>
    public static readonly EnhancedCode NeedsRequireTls = new(5, 7, 30);

    /// <summary>Checks what must never reach the wire: a control character in a path would be a command of its own.</summary>
    /// <exception cref="ArgumentException">The caller let something through that is no mail path.</exception>
    public static void Check(OutboundMessage message)
    {
        if (message.Recipients.Count == 0)
        {
            throw new ArgumentException("A message needs a recipient.", nameof(message));
        }

        CheckText(message.Sender);
        CheckText(message.DsnMailParameters);
        for (int i = 0; i < message.Recipients.Count; i++)
        {
            CheckText(message.Recipients[i]);
        }

        for (int i = 0; i < (message.DsnRecipientParameters?.Count ?? 0); i++)
        {
            CheckText(message.DsnRecipientParameters![i]);
        }
    }

    /// <summary>Why the host cannot take the message at all; null when it can.</summary>
    public static (DeliveryOutcome Outcome, EnhancedCode Status, string Detail)? Obstacle(OutboundMessage message, Capabilities host)
    {
        if (message.RequireTls && !(host.Encrypted && host.Offers(Extensions.RequireTls)))
        {
            return (DeliveryOutcome.CapabilityMissing, NeedsRequireTls, "REQUIRETLS support required: the host does not offer it over TLS");
        }

        if (!host.Offers(Extensions.SmtpUtf8) && message.NeedsSmtpUtf8)
        {
            return (DeliveryOutcome.CapabilityMissing, new EnhancedCode(5, 6, 7), "the host does not offer SMTPUTF8");
        }

        if (message.Binary && !host.Offers(Extensions.Chunking | Extensions.BinaryMime))
        {
            return (DeliveryOutcome.CapabilityMissing, new EnhancedCode(5, 6, 3), "the host does not offer CHUNKING and BINARYMIME");
        }

        if (message is { EightBit: true, Binary: false, EightBitAsIs: false } && !host.Offers(Extensions.EightBitMime))
        {
            return (DeliveryOutcome.CapabilityMissing, new EnhancedCode(5, 6, 3), "the host does not offer 8BITMIME");
        }

        return host.SizeLimit > 0 && message.WireLength > host.SizeLimit
            ? (DeliveryOutcome.TooLarge, new EnhancedCode(5, 3, 4),
                string.Create(System.Globalization.CultureInfo.InvariantCulture, $"the host takes {host.SizeLimit} octets, the message has {message.WireLength}"))
            : null;
    }

    public static bool TryMail(ref CommandBuffer commands, OutboundMessage message, Capabilities host)
    {
        commands.Append("MAIL FROM:<"u8);
        commands.Append(message.Sender);
        commands.Append(">"u8);
        if (host.Offers(Extensions.Size))
        {
            commands.Append(" SIZE="u8);
            commands.Append(message.WireLength);
        }

        if (message.Binary)
        {
            commands.Append(" BODY=BINARYMIME"u8);
        }
        else if (message.EightBit && host.Offers(Extensions.EightBitMime))
        {
            commands.Append(" BODY=8BITMIME"u8);
        }

        if (host.Offers(Extensions.SmtpUtf8) && message.NeedsSmtpUtf8)
        {
            commands.Append(" SMTPUTF8"u8);
        }

        if (message.RequireTls)
        {
            commands.Append(" REQUIRETLS"u8);
        }

        AppendDsn(ref commands, message.DsnMailParameters, host);
        return commands.TryEnd();
    }

    public static bool TryRecipient(ref CommandBuffer commands, OutboundMessage message, int index, Capabilities host)
    {
        commands.Append("RCPT TO:<"u8);
        commands.Append(message.Recipients[index]);
        commands.Append(">"u8);
        IReadOnlyList<string?>? dsn = message.DsnRecipientParameters;
        AppendDsn(ref commands, index < dsn?.Count ? dsn[index] : null, host);
        return commands.TryEnd();
    }

    private static void AppendDsn(ref CommandBuffer commands, string? parameters, Capabilities host)
    {
        if (!string.IsNullOrEmpty(parameters) && host.Offers(Extensions.Dsn))
        {
            commands.Append(" "u8);
            commands.Append(parameters);
        }
    }

    private static void CheckText(string? text)
    {
        if (text is not null && (text.Length > MaxPathCharacters || text.AsSpan().ContainsAny(Forbidden)))
        {
            throw new ArgumentException("A path or parameter of the envelope has a control character or is too long.");
        }
    }
}
