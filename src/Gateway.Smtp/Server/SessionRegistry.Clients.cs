using System.Net;
using Gateway.Smtp.Protocol;

namespace Gateway.Smtp.Server;

/// <content>Who gets in.</content>
public sealed partial class SessionRegistry
{
    private readonly ClientLedger _clients;

    /// <summary>Lets a session in, or says with which reply it is refused.</summary>
    internal SmtpReply? Admit(SmtpSession session, IPAddress client, SmtpServerProfile profile)
    {
        if (!profile.Clients.IsExempt(client))
        {
            int free = Math.Max(0, profile.Limits.Connections - Count);
            if (_clients.Enter(ClientKey.Of(client), profile.Clients, free, out ClientAccount? account) is SmtpReply refusal)
            {
                return refusal;
            }

            session.Account = account;
        }

        if (TryEnter(session, profile.Limits.Connections))
        {
            return null;
        }

        Forget(session);
        return Replies.TooManyConnections;
    }

    private void Forget(SmtpSession session)
    {
        if (session.Account is ClientAccount account)
        {
            _clients.Leave(account);
        }
    }
}
