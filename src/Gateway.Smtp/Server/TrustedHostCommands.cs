using System.Net;
using Gateway.Smtp.Protocol;

namespace Gateway.Smtp.Server;

/// <summary>XCLIENT and XFORWARD: hosts that speak for others.</summary>
/// <remarks>Threads: its session's. Source: Postfix's XCLIENT_README and XFORWARD_README.</remarks>
internal sealed class TrustedHostCommands(SessionParts parts)
{
    private ClientAttributes? _client;
    private ClientAttributes? _forwarded;

    // XCLIENT said what the client had called itself, so that it need not say EHLO again.
    private bool _helloGiven;

    /// <summary>Where a session stands that XCLIENT has given to another client.</summary>
    public SessionPhase Phase => _helloGiven ? SessionPhase.Ready : SessionPhase.Greeted;

    private SmtpPeer Peer => parts.Peer;

    private bool SpeaksForOthers => ClientLimits.IsIn(parts.Greetings.Profile.XclientNetworks, Peer.Remote.Address);

    /// <summary>XCLIENT: from here on the client is another, and the session stands at its greeting.</summary>
    /// <returns>The reply that refuses the command, or null.</returns>
    public SmtpReply? ReplaceClient(ReadOnlySpan<byte> argument, out SmtpReply? refusal)
    {
        refusal = null;
        if (!SpeaksForOthers)
        {
            return Replies.NotAuthorized;
        }

        if (!ClientAttributes.TryRead(argument, ClientAttributes.OfXClient, out ClientAttributes said))
        {
            return Replies.BadAttribute;
        }

        parts.Receiver.Reset();
        ForgetForwarded();
        ReplacePeer(said);
        // The rates, the count of connections and the exemptions are those of the new client.
        refusal = said.Has(ClientAttribute.Addr) ? parts.Bounds.Registry?.Exchange(parts, Peer.Remote.Address, parts.Greetings.Profile) : null;
        refusal ??= parts.Receiver.Greet();
        return null;
    }

    /// <summary>XFORWARD: where the next message came from; several add up until its transaction ends.</summary>
    public SmtpReply Forward(ReadOnlySpan<byte> argument)
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
        Peer.Forwarded = new ForwardedClient(
            _forwarded[ClientAttribute.Name], _forwarded[ClientAttribute.Addr], _forwarded[ClientAttribute.Port], _forwarded[ClientAttribute.Proto],
            _forwarded[ClientAttribute.Helo], _forwarded[ClientAttribute.Ident], _forwarded[ClientAttribute.Source]);
        return Replies.Ok;
    }

    /// <summary>The client named itself, or must do so again: what XCLIENT said of its name is void.</summary>
    public void ForgetHello() => _helloGiven = false;

    /// <summary>The transaction is over: what XFORWARD said counts no longer.</summary>
    public void ForgetForwarded()
    {
        _forwarded = null;
        Peer.Forwarded = null;
    }

    private void ReplacePeer(ClientAttributes said)
    {
        // Several commands may say it together, the address usually last; a second address is another client.
        _client = said.Over(said.Has(ClientAttribute.Addr) && _client?.Has(ClientAttribute.Addr) == true ? null : _client);
        if (said.Has(ClientAttribute.Addr))
        {
            Peer.Via ??= Peer.Remote;
            // An unknown client is a stranger: no network but 0.0.0.0/0 has this address.
            Peer.Remote = SmtpPeer.Plain(new IPEndPoint(said.Address(ClientAttribute.Addr) ?? IPAddress.Any, _client.PortOf(ClientAttribute.Port)));
        }
        else if (said.Has(ClientAttribute.Port))
        {
            Peer.Remote = new IPEndPoint(Peer.Remote.Address, said.PortOf(ClientAttribute.Port));
        }

        if (said.Address(ClientAttribute.DestAddr) is IPAddress local)
        {
            Peer.Local = SmtpPeer.Plain(new IPEndPoint(local, Peer.Local.Port));
        }

        if (said.Has(ClientAttribute.DestPort))
        {
            Peer.Local = new IPEndPoint(Peer.Local.Address, said.PortOf(ClientAttribute.DestPort));
        }

        // Whoever authenticated before was the host that speaks, not the client that it speaks for.
        Peer.Name = _client[ClientAttribute.Name];
        Peer.AuthenticatedUser = _client[ClientAttribute.Login];
        if (said.Has(ClientAttribute.Helo))
        {
            _helloGiven = said[ClientAttribute.Helo] is not null;
            Peer.Hello = said[ClientAttribute.Helo] ?? string.Empty;
        }
        else if (!_helloGiven)
        {
            Peer.Hello = string.Empty;
        }

        if (said[ClientAttribute.Proto] is string protocol)
        {
            Peer.IsExtended = protocol == "ESMTP";
        }
    }
}
