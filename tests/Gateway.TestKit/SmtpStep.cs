namespace Gateway.TestKit;

/// <summary>The moments of an SMTP conversation at which a <see cref="ScriptedSmtpServer"/> asks its rules what to do.</summary>
public enum SmtpStep
{
    /// <summary>A connection was accepted; the usual action is the 220 greeting.</summary>
    Connect,

    /// <summary>EHLO.</summary>
    Ehlo,

    /// <summary>HELO.</summary>
    Helo,

    /// <summary>MAIL.</summary>
    Mail,

    /// <summary>RCPT.</summary>
    Rcpt,

    /// <summary>DATA; the usual action is 354.</summary>
    Data,

    /// <summary>The 354 is sent and content is about to be read; the usual action is none.</summary>
    Body,

    /// <summary>The terminator was read; the usual action is 250, and the message is recorded.</summary>
    FinalDot,

    /// <summary>RSET.</summary>
    Rset,

    /// <summary>NOOP.</summary>
    Noop,

    /// <summary>QUIT; the usual action is 221 and the end of the connection.</summary>
    Quit,

    /// <summary>Any other line; the usual action is 500.</summary>
    Other,
}

/// <summary>What a rule of a <see cref="ScriptedSmtpServer"/> is told.</summary>
/// <param name="Step">The moment.</param>
/// <param name="Line">The command line without CRLF; empty where there is none.</param>
/// <param name="Connection">Which connection to the server, from 1.</param>
/// <param name="Message">Which MAIL on this server, from 1; 0 before the first.</param>
/// <param name="Sender">The reverse-path of the open transaction.</param>
/// <param name="Recipients">The forward-paths accepted so far.</param>
public sealed record SmtpMoment(
    SmtpStep Step, string Line, int Connection, int Message, string Sender, IReadOnlyList<string> Recipients);
