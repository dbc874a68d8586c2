using System.Net;
using Gateway.Smtp.Protocol;

namespace Gateway.Smtp.Server;

/// <content>XCLIENT and XFORWARD: hosts that speak for others.</content>
/// <remarks>Source: Postfix's XCLIENT_README and XFORWARD_README.</remarks>
internal sealed partial class SmtpSession
{
    private ClientAttributes? _client;
    private ClientAttributes? _forwarded;

    // XCLIENT said what the client had called itself, so that it need not say EHLO again.
    private bool _helloGiven;

    /// <summary>Where the session is counted; null before it was let in.</summary>
    public SessionRegistry? Registry { get; set; }

    private bool SpeaksForOthers => ClientLimits.IsIn(greetings.Profile.XclientNetworks, peer.Remote.Address);

    /// <summary>XCLIENT: from here on the client is another, and the session stands at its greeting.</summary>
    private SmtpReply XClient(ReadOnlySpan<byte> argument)
    {
        if (!SpeaksForOthers)
        {
            return Replies.NotAuthorized;
        }

        if (!ClientAttributes.TryRead(argument, ClientAttributes.OfXClient, out ClientAttributes said))
        {
            return Replies.BadAttribute;
        }

        receiver.Reset();
        ForgetForwarded();
        ReplacePeer(said);
        // The rates, the count of connections and the exemptions are those of the new client.
        SmtpReply? refusal = said.Has(ClientAttribute.Addr) ? Registry?.Exchange(this, peer.Remote.Address, greetings.Profile) : null;
        refusal ??= receiver.Greet();
        if (refusal is not null)
        {
            End(SessionEnd.Refused);
        }

        return refusal ?? greetings.Greeting;
    }

    private void ReplacePeer(ClientAttributes said)
    {
        // Several commands may say it together, the address usually last; a second address is another client.
        _client = said.Over(said.Has(ClientAttribute.Addr) && _client?.Has(ClientAttribute.Addr) == true ? null : _client);
        if (said.Has(ClientAttribute.Addr))
        {
            peer.Via ??= peer.Remote;
            // An unknown client is a stranger: no network but 0.0.0.0/0 has this address.
            peer.Remote = SmtpPeer.Plain(new IPEndPoint(said.Address(ClientAttribute.Addr) ?? IPAddress.Any, _client.PortOf(ClientAttribute.Port)));
        }
        else if (said.Has(ClientAttribute.Port))
        {
            peer.Remote = new IPEndPoint(peer.Remote.Address, said.PortOf(ClientAttribute.Port));
        }

        if (said.Address(ClientAttribute.DestAddr) is IPAddress local)
        {
            peer.Local = SmtpPeer.Plain(new IPEndPoint(local, peer.Local.Port));
        }

        if (said.Has(ClientAttribute.DestPort))
        {
            peer.Local = new IPEndPoint(peer.Local.Address, said.PortOf(ClientAttribute.DestPort));
        }

        // Whoever authenticated before was the host that speaks, not the client that it speaks for.
        peer.Name = _client[ClientAttribute.Name];
        peer.AuthenticatedUser = _client[ClientAttribute.Login];
        if (said.Has(ClientAttribute.Helo))
        {
            _helloGiven = said[ClientAttribute.Helo] is not null;
            peer.Hello = said[ClientAttribute.Helo] ?? string.Empty;
        }
        else if (!_helloGiven)
        {
            peer.Hello = string.Empty;
        }

        if (said[ClientAttribute.Proto] is string protocol)
        {
            peer.IsExtended = protocol == "ESMTP";
        }

        _phase = _helloGiven ? SessionPhase.Ready : SessionPhase.Greeted;
    }

    /// <summary>XFORWARD: where the next message came from; several add up until its transaction ends.</summary>
    private SmtpReply XForward(ReadOnlySpan<byte> argument)
    {
        if (!SpeaksForOthers)
        {
            return Replies.NotAuthorized;
        }

        if (!ClientAttributes.TryRead(argument, ClientAttributes.OfXForward, out ClientAttributes said))
        {
            return Replies.BadAttribute;
        }

        _forwarded = said.Over(_forwarded);
        peer.Forwarded = new ForwardedClient(
            _forwarded[ClientAttribute.Name], _forwarded[ClientAttribute.Addr], _forwarded[ClientAttribute.Port], _forwarded[ClientAttribute.Proto],
            _forwarded[ClientAttribute.Helo], _forwarded[ClientAttribute.Ident], _forwarded[ClientAttribute.Source]);
        return Replies.Ok;
    }

    private void ForgetForwarded()
    {
        _forwarded = null;
        peer.Forwarded = null;
    }
}
