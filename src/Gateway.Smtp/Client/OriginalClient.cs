using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Gateway.Smtp.Protocol;

namespace Gateway.Smtp.Client;

/// <summary>Where a message came from, for hosts that are told so by XFORWARD.</summary>
/// <param name="Address">The client's address; empty for mail that we made ourselves.</param>
/// <param name="Hello">What it called itself; empty when it is not known.</param>
/// <param name="Protocol">SMTP, ESMTP and its kin (RFC 3848).</param>
/// <param name="Id">Our id of the message.</param>
/// <remarks>Source: Postfix's XFORWARD_README; values are xtext (RFC 3461 section 4).</remarks>
public sealed record OriginalClient(string Address, string Hello, string Protocol, string Id)
{
    private const string Unavailable = "[UNAVAILABLE]";

    // Postfix takes command lines of 2,048 octets, RFC 5321 promises 512 only.
    private const int LongestValue = 200;

    /// <summary>The attributes named behind XFORWARD, one bit for each.</summary>
    internal static int Offered(ReadOnlySpan<char> names)
    {
        int mask = 0;
        foreach (Range range in names.Split(' '))
        {
            ReadOnlySpan<char> name = names[range];
            for (int i = 0; i < ClientAttributes.OfXForward.Count; i++)
            {
                ClientAttribute attribute = ClientAttributes.OfXForward[i];
                mask |= name.Equals(attribute.ToString(), StringComparison.OrdinalIgnoreCase) ? 1 << (int)attribute : 0;
            }
        }

        return mask;
    }

    /// <summary>The command for a host that knows these attributes.</summary>
    internal string Command(int offered)
    {
        StringBuilder command = new("XFORWARD");
        bool known = IPAddress.TryParse(Address, out IPAddress? address);
        Add(ClientAttribute.Name, Unavailable);
        Add(ClientAttribute.Addr, !known ? Unavailable : address!.AddressFamily == AddressFamily.InterNetworkV6 ? "IPV6:" + address : address.ToString());
        Add(ClientAttribute.Proto, !known ? Unavailable : Protocol.StartsWith("SMTP", StringComparison.Ordinal) ? "SMTP" : "ESMTP");
        Add(ClientAttribute.Helo, known ? Encode(Hello) : Unavailable);
        Add(ClientAttribute.Ident, Encode(Id));
        Add(ClientAttribute.Source, known ? "REMOTE" : "LOCAL");
        return command.ToString();

        void Add(ClientAttribute attribute, string value)
        {
            if ((offered & (1 << (int)attribute)) != 0)
            {
                command.Append(CultureInfo.InvariantCulture, $" {attribute.ToString().ToUpperInvariant()}={value}");
            }
        }
    }

    private static string Encode(string text)
    {
        StringBuilder encoded = new(text.Length);
        foreach (byte octet in Encoding.UTF8.GetBytes(text))
        {
            if (octet is > 0x20 and < 0x7F and not ((byte)'+' or (byte)'='))
            {
                encoded.Append((char)octet);
            }
            else
            {
                encoded.Append(CultureInfo.InvariantCulture, $"+{octet:X2}");
            }
        }

        return encoded.Length is 0 or > LongestValue ? Unavailable : encoded.ToString();
    }
}
