using Gateway.Smtp.Protocol;

namespace Gateway.Smtp.Server.PackageEngine;

/// <summary>What the package's own refusals are to the client: its codes have no enhanced code, and 501 stands for all that it does not expect.</summary>
internal static class PackageRefusals
{
    /// <summary>A line on which the package gives the session up.</summary>
    public static SmtpReply Unreadable { get; } = new(501, new EnhancedCode(5, 5, 2), "Syntax error, closing connection");

    /// <summary>The reply to a line that the package does not read as a command.</summary>
    /// <param name="verb">The command as ours reads it.</param>
    public static SmtpReply Of(SmtpVerb verb) => verb switch
    {
        SmtpVerb.Unknown => Replies.UnknownCommand,
        SmtpVerb.Helo or SmtpVerb.Ehlo => Replies.BadHello,
        SmtpVerb.Mail => Replies.BadSenderAddress,
        SmtpVerb.Rcpt => Replies.BadRecipientAddress,
        SmtpVerb.Data or SmtpVerb.Rset or SmtpVerb.Noop or SmtpVerb.Quit or SmtpVerb.StartTls => Replies.NoArgumentAllowed,
        SmtpVerb.Auth => Replies.UnknownMechanism,
        _ => Replies.NotImplemented,
    };
}
