using System.Globalization;
using System.Net;
using System.Text;
using Gateway.Smtp.Protocol;
using Gateway.Smtp.Server;
using Gateway.Smtp.Transport;

namespace Gateway.Relay.Message;

/// <summary>Writes the one <c>Received:</c> field that goes in front of a message.</summary>
/// <remarks>
/// What the client said of itself is masked to printable characters without parentheses, so that it cannot forge the rest of
/// the field. Source: RFC 5321 section 4.4, RFC 3848 (protocol names), RFC 5322 section 3.3 (date).
/// </remarks>
public static class TraceHeaders
{
    /// <summary>The field of a message received by SMTP, folded, with CRLF at its end.</summary>
    public static string Received(
        string hello, IPAddress client, string by, string protocol, MessageId id, string? onlyRecipient, DateTimeOffset at, TlsFacts? tls = null,
        string? clientName = null, ForwardedClient? forwarded = null)
    {
        StringBuilder field = new("Received: from ", 256);
        field.Append(Mask(hello)).Append(" (").Append(clientName is null ? string.Empty : Mask(clientName) + " ").Append(Literal(client)).Append(")\r\n\tby ").Append(by).Append(" (Gateway) with ");
        field.Append(protocol).Append(" id ").Append(id.ToString());
        if (onlyRecipient is not null)
        {
            field.Append("\r\n\tfor <").Append(onlyRecipient).Append('>');
        }

        if (tls is not null)
        {
            // Both names come from the TLS library's closed lists.
            field.Append("\r\n\t(version=").Append(tls.Version).Append(" cipher=").Append(tls.Cipher).Append(')');
        }

        if (forwarded is not null)
        {
            // A comment: who reads trace fields takes the address in front, that of the host which we know.
            field.Append("\r\n\t(for ").Append(Mask(forwarded.Hello ?? "unknown")).Append(" [").Append(Mask(forwarded.Address ?? "unknown"))
                .Append("] id ").Append(Mask(forwarded.Identity ?? "unknown")).Append(')');
        }

        return field.Append(";\r\n\t").Append(Date(at)).Append("\r\n").ToString();
    }

    /// <summary>The field of a message released from the quarantine.</summary>
    public static string Released(string by, MessageId id, string from, DateTimeOffset at) =>
        $"Received: by {by} (Gateway, released from quarantine {from}) id {id};\r\n\t{Date(at)}\r\n";

    /// <summary>A date-time as RFC 5322 section 3.3 wants it, in UTC.</summary>
    public static string Date(DateTimeOffset at) =>
        at.ToUniversalTime().ToString("ddd, dd MMM yyyy HH:mm:ss '+0000'", CultureInfo.InvariantCulture);

    private static string Literal(IPAddress address) => IPAddress.Any.Equals(address) ? "unknown" : AddressLiteral.Write(address);

    private static string Mask(string text) => string.Create(Math.Max(1, text.Length), text, static (masked, text) =>
    {
        masked[0] = '?';
        for (int i = 0; i < text.Length; i++)
        {
            char c = text[i];
            masked[i] = c is > ' ' and < '\x7f' and not ('(' or ')' or '\\' or ';' or '"' or '<' or '>') ? c : '?';
        }
    });
}
