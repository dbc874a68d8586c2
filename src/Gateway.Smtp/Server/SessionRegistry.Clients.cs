using System.Net;
using Gateway.Smtp.Protocol;

namespace Gateway.Smtp.Server;

/// <content>Who gets in.</content>
public sealed partial class SessionRegistry
{
    private readonly ClientLedger _clients;
    private readonly LoginLedger _logins;

    /// <summary>Lets a session in, or says with which reply it is refused.</summary>
    internal SmtpReply? Admit(ISession session, IPAddress client, SmtpServerProfile profile)
    {
        if (Open(session, client, profile) is SmtpReply refusal)
        {
            return refusal;
        }

        if (TryEnter(session, profile.Limits.Connections))
        {
            session.Registry = this;
            return null;
        }

        Forget(session);
        return Replies.TooManyConnections;
    }

    /// <summary>Counts an open session for another client from here on (XCLIENT).</summary>
    /// <returns>The reply that refuses that client, or null.</returns>
    internal SmtpReply? Exchange(ISession session, IPAddress client, SmtpServerProfile profile)
    {
        Forget(session);
        return Open(session, client, profile);
    }

    /// <summary>The reply to a MAIL command that this login may not give now; null when it may.</summary>
    internal SmtpReply? RefuseLogin(string login, ClientLimits limits) =>
        limits.LoginMessageRate.Count <= 0 || _logins.TryTake(login, limits) ? null : LimitReplies.LoginRate;

    private SmtpReply? Open(ISession session, IPAddress client, SmtpServerProfile profile)
    {
        if (profile.Clients.IsExempt(client))
        {
            return null;
        }

        int free = Math.Max(0, profile.Limits.Connections - Count);
        SmtpReply? refusal = _clients.Enter(ClientKey.Of(client), profile.Clients, free, out ClientAccount? account);
        session.Account = account;
        return refusal;
    }

    private void Forget(ISession session)
    {
        if (session.Account is ClientAccount account)
        {
            session.Account = null;
            _clients.Leave(account);
        }
    }
}
