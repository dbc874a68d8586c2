using System.Net;
using Gateway.Smtp.Protocol;
using Gateway.Smtp.Server.PackageEngine;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;

namespace Gateway.Smtp.Server;

/// <summary>Kestrel's entry: one call a connection, one session a call.</summary>
/// <remarks>Threads: one instance serves all connections of a listener and keeps nothing of any.</remarks>
public sealed class SmtpConnectionHandler(
    ISmtpReceiverFactory receivers, Func<SmtpServerProfile> profile, SessionRegistry registry, TimeProvider time, ListenerTls? tls = null,
    ProxyProtocol? proxy = null, SmtpEngine engine = SmtpEngine.Kestrel)
    : ConnectionHandler
{
    private readonly PackageServer? _package = engine == SmtpEngine.SmtpServer ? new PackageServer() : null;
    private Greetings? _greetings;

    /// <inheritdoc/>
    public override async Task OnConnectedAsync(ConnectionContext connection)
    {
        ArgumentNullException.ThrowIfNull(connection);
        if (connection.RemoteEndPoint is not IPEndPoint remote || connection.LocalEndPoint is not IPEndPoint local)
        {
            // Gone before it was looked at, or no TCP: there is nobody to answer.
            return;
        }

        Greetings snapshot = Snapshot();
        ProxyHeader header = default;
        if (proxy is not null && proxy.Expects(remote.Address))
        {
            (header, string? fault) = await proxy.ReadAsync(connection, snapshot.Profile.Limits, time);
            if (fault is not null)
            {
                receivers.ProxyRefused(remote, fault, isProbe: fault == ProxyProtocol.Probe);
                return;
            }
        }

        SmtpPeer peer = new(connection.ConnectionId, header.Source ?? remote, header.Destination ?? local)
        {
            Via = header.Source is null ? null : SmtpPeer.Plain(remote),
            Engine = engine,
        };
        await using ISmtpReceiver receiver = receivers.Create(peer);
        SessionParts session = new(connection.Transport, peer, receiver, snapshot, time);

        if (registry.Admit(session, peer.Remote.Address, snapshot.Profile) is SmtpReply refusal)
        {
            await session.RefuseAsync(refusal);
            registry.SeeOff(connection);
            return;
        }

        IConnectionLifetimeNotificationFeature? lifetime = connection.Features.Get<IConnectionLifetimeNotificationFeature>();
        using CancellationTokenRegistration drain =
            lifetime?.ConnectionClosedRequested.UnsafeRegister(static s => ((SessionParts)s!).Drain(), session) ?? default;
        using BrokenConnection broken = new(connection);
        try
        {
            await session.RunAsync(_package is null ? new SmtpSession(session).TalkAsync : new PackageSession(session, _package).TalkAsync, broken.Token);
        }
        finally
        {
            registry.Leave(session);
            if (session.Replies.MustCut)
            {
                connection.Abort();
            }
            else
            {
                registry.SeeOff(connection);
            }

            await session.Tls.CloseAsync();
        }
    }

    /// <summary>The replies for the profile that is valid now; a race makes them twice, which does no harm.</summary>
    private Greetings Snapshot()
    {
        SmtpServerProfile now = profile();
        Greetings? made = _greetings;
        if (made is null || !ReferenceEquals(made.Profile, now))
        {
            _greetings = made = new Greetings(now, tls ?? ListenerTls.None, engine);
        }

        return made;
    }
}
