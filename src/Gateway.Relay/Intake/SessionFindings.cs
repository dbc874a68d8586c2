using System.Buffers;
using System.Net;
using Gateway.Mime;
using Gateway.Smtp.Protocol;
using Gateway.Smtp.Server;

namespace Gateway.Relay.Intake;

/// <summary>What the session and the envelope show that the octets of the message do not: handed to the inspector as findings of others.</summary>
/// <remarks>Cost: a few comparisons for each message; nothing is allocated unless something is found.</remarks>
internal static class SessionFindings
{
    private static readonly SearchValues<char> Numbers = SearchValues.Create("0123456789.");

    /// <summary>The findings about one message.</summary>
    /// <param name="end">What the decoder saw.</param>
    /// <param name="peer">Who sends.</param>
    /// <param name="sender">The envelope's sender.</param>
    /// <param name="recipients">Recipients taken.</param>
    /// <param name="hostName">This host's name.</param>
    /// <param name="undeclared">Offset of an octet above 127 in a body that was declared to have none, or -1.</param>
    public static IReadOnlyList<ExternalFinding> Of(
        in DataEnd end, SmtpPeer peer, MailPath sender, int recipients, string hostName, long undeclared = -1)
    {
        // People's programs behind a router greet with an address we never see: whoever has authenticated is not judged by it.
        string? flaw = peer.AuthenticatedUser is null ? HelloFlaw(peer.Hello, peer.Remote.Address, peer.Local.Address, hostName) : null;
        bool several = sender.IsNull && recipients > 1;
        IReadOnlyList<ExternalFinding> wire = WireFindings.Of(end);
        if (wire.Count == 0 && end.UnstuffedOffset < 0 && flaw is null && !several && undeclared < 0)
        {
            return [];
        }

        List<ExternalFinding> found = [.. wire];
        if (end.UnstuffedOffset >= 0)
        {
            found.Add(new(RuleCode.DotStuffingError, end.UnstuffedOffset, 1, "the client did not double a dot in front of this"));
        }

        if (undeclared >= 0)
        {
            found.Add(new(RuleCode.BodyTypeMismatch, undeclared, 1, "8-bit content without BODY=8BITMIME"));
        }

        if (flaw is not null)
        {
            found.Add(new(RuleCode.HeloAnomaly, 0, 0, flaw));
        }

        if (several)
        {
            found.Add(new(RuleCode.NullSenderMultiRcpt, 0, 0, $"the null sender and {recipients} recipients"));
        }

        return found;
    }

    /// <summary>What is wrong with the name a client gives itself; names outside the grammar never get this far.</summary>
    /// <param name="hello">What it said; empty when it said nothing.</param>
    /// <param name="client">Its address.</param>
    /// <param name="local">Our address on the connection.</param>
    /// <param name="hostName">This host's name.</param>
    internal static string? HelloFlaw(string hello, IPAddress client, IPAddress local, string hostName)
    {
        if (hello.Length == 0)
        {
            return null;
        }

        if (hello[0] == '[')
        {
            ReadOnlySpan<char> literal = hello.AsSpan(1).TrimEnd(']');
            literal = literal.StartsWith("IPv6:", StringComparison.OrdinalIgnoreCase) ? literal[5..] : literal;
            return IPAddress.TryParse(literal, out IPAddress? address) && address.Equals(client)
                ? null
                : "the address in the greeting is not the client's";
        }

        if (char.IsAsciiDigit(hello[^1]) && !hello.AsSpan().ContainsAnyExcept(Numbers))
        {
            return "an address without brackets in the greeting";
        }

        bool ours = hello.Equals(hostName, StringComparison.OrdinalIgnoreCase);
        return ours && !IPAddress.IsLoopback(client) && !client.Equals(local)
            ? "the client greets with this host's own name"
            : null;
    }
}
