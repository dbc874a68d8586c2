using Gateway.SmtpServerGuard.Wire;
using SmtpServer;
using SmtpServer.Protocol;

namespace Gateway.SmtpServerGuard;

/// <summary>How the guard says no.</summary>
internal static class GuardReplies
{
    /// <summary>For everything that is our own fault or that of the program.</summary>
    public static SmtpResponse Fault { get; } = new(SmtpReplyCode.Aborted, "4.3.0 Local error, try again later");

    /// <summary>Refuses from within a filter: <c>return GuardReplies.Refuse(...)</c>.</summary>
    /// <remarks>
    /// A filter can say yes, no or throw. No is always 550, and what is thrown counts as an error of the client, of which the fifth ends the session. Over the guard's own
    /// listener the reply is replaced instead.
    /// </remarks>
    public static bool Refuse(ISessionContext context, SmtpResponse reply)
    {
        if (context.Pipe is not GuardedPipe pipe)
        {
            throw new SmtpResponseException(reply);
        }

        pipe.Replies.Replace(reply);
        return false;
    }
}
