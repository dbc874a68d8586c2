using System.Text;

namespace Gateway.Smtp.Client;

/// <summary>One message to hand to a downstream host: envelope, trace, and content as it was received.</summary>
/// <param name="Sender">The reverse-path without angle brackets; empty for the null reverse-path.</param>
/// <param name="Recipients">At least one forward-path without angle brackets, in the order of the outcomes.</param>
/// <param name="Trace">The <c>Received:</c> field sent in front, CRLF at its end; empty for none.</param>
/// <param name="Body">Where the content is read from, from its present position. Not read before the host's 354; neither rewound nor closed.</param>
/// <param name="BodyLength">The octets of <paramref name="Body"/> to send; fewer is <see cref="DeliveryOutcome.ContentUnavailable"/>.</param>
/// <param name="EightBit">The content has octets above 127: the host must offer 8BITMIME.</param>
/// <param name="SmtpUtf8">The header needs SMTPUTF8 (RFC 6531): the host must offer it. An address beyond US-ASCII asks for it by itself.</param>
public sealed record OutboundMessage(
    string Sender,
    IReadOnlyList<string> Recipients,
    ReadOnlyMemory<byte> Trace,
    Stream Body,
    long BodyLength,
    bool EightBit,
    bool SmtpUtf8)
{
    /// <summary>DSN parameters of MAIL (<c>RET=HDRS ENVID=x</c>), sent where the host offers DSN. RFC 3461.</summary>
    public string? DsnMailParameters { get; init; }

    /// <summary>DSN parameters of each RCPT (<c>NOTIFY=NEVER ORCPT=rfc822;x</c>), by recipient; sent where the host offers DSN.</summary>
    public IReadOnlyList<string?>? DsnRecipientParameters { get; init; }

    /// <summary>The content is BINARYMIME: the host must offer CHUNKING and BINARYMIME. RFC 3030.</summary>
    public bool Binary { get; init; }

    /// <summary>Content with octets above 127 goes as it is, also to a host that does not offer 8BITMIME.</summary>
    public bool EightBitAsIs { get; init; }

    /// <summary>The content does not end in CRLF: sent by BDAT where the host offers it; DATA has to add one. RFC 3030.</summary>
    public bool Unterminated { get; init; }

    /// <summary>The message may go on over TLS only, to a host that offers REQUIRETLS. RFC 8689.</summary>
    public bool RequireTls { get; init; }

    /// <summary>Where the message came from; told to hosts that offer XFORWARD, where the route says so.</summary>
    public OriginalClient? Client { get; init; }

    /// <summary>The octets as SIZE counts them: trace and content, without doubled dots and terminator. RFC 1870 section 3.</summary>
    public long WireLength => Trace.Length + BodyLength;

    /// <summary>True when SMTPUTF8 is needed: asked for, or an address is not US-ASCII.</summary>
    internal bool NeedsSmtpUtf8
    {
        get
        {
            bool needs = SmtpUtf8 || !Ascii.IsValid(Sender);
            for (int i = 0; i < Recipients.Count && !needs; i++)
            {
                needs = !Ascii.IsValid(Recipients[i]);
            }

            return needs;
        }
    }
}
