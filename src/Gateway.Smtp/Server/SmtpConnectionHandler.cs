using System.Net;
using Gateway.Smtp.Protocol;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;

namespace Gateway.Smtp.Server;

/// <summary>Kestrel's entry: one call a connection, one session a call.</summary>
/// <remarks>Threads: one instance serves all connections of a listener and keeps nothing of any.</remarks>
public sealed class SmtpConnectionHandler(
    ISmtpReceiverFactory receivers, Func<SmtpServerProfile> profile, SessionRegistry registry, TimeProvider time) : ConnectionHandler
{
    /// <inheritdoc/>
    public override async Task OnConnectedAsync(ConnectionContext connection)
    {
        ArgumentNullException.ThrowIfNull(connection);
        if (connection.RemoteEndPoint is not IPEndPoint remote || connection.LocalEndPoint is not IPEndPoint local)
        {
            // Gone before it was looked at, or no TCP: there is nobody to answer.
            return;
        }

        SmtpServerProfile snapshot = profile();
        SmtpPeer peer = new(connection.ConnectionId, remote, local);
        await using ISmtpReceiver receiver = receivers.Create(peer);
        SmtpSession session = new(connection.Transport, peer, receiver, snapshot, time);

        if (!registry.TryEnter(session, snapshot.Limits.Connections))
        {
            await session.RefuseAsync(Replies.TooManyConnections);
            return;
        }

        IConnectionLifetimeNotificationFeature? lifetime = connection.Features.Get<IConnectionLifetimeNotificationFeature>();
        using CancellationTokenRegistration drain =
            lifetime?.ConnectionClosedRequested.UnsafeRegister(static s => ((SmtpSession)s!).Drain(), session) ?? default;
        try
        {
            await session.RunAsync(connection.ConnectionClosed);
        }
        finally
        {
            registry.Leave(session);
        }
    }
}
