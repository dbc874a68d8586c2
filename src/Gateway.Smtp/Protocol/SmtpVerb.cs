namespace Gateway.Smtp.Protocol;

/// <summary>The commands a session may meet.</summary>
/// <remarks>Source: RFC 5321 section 4.1.1.</remarks>
public enum SmtpVerb
{
    /// <summary>Anything that is not a command of ours.</summary>
    Unknown,

    /// <summary>HELO: the client names itself and wants no extensions.</summary>
    Helo,

    /// <summary>EHLO: the client names itself and asks for the extensions.</summary>
    Ehlo,

    /// <summary>MAIL: starts a transaction with its reverse-path.</summary>
    Mail,

    /// <summary>RCPT: adds one forward-path.</summary>
    Rcpt,

    /// <summary>DATA: the message follows.</summary>
    Data,

    /// <summary>BDAT: a counted chunk of the message follows (RFC 3030).</summary>
    Bdat,

    /// <summary>RSET: drops the transaction.</summary>
    Rset,

    /// <summary>NOOP: nothing but a reply.</summary>
    Noop,

    /// <summary>QUIT: the client leaves.</summary>
    Quit,

    /// <summary>VRFY: asks about a mailbox; we never tell.</summary>
    Vrfy,

    /// <summary>EXPN: asks about a list; we never tell.</summary>
    Expn,

    /// <summary>HELP: asks what the server understands.</summary>
    Help,

    /// <summary>STARTTLS: encrypts the connection (RFC 3207).</summary>
    StartTls,

    /// <summary>AUTH: the client says who it is (RFC 4954).</summary>
    Auth,

    /// <summary>XCLIENT: a host we trust says for whom it speaks (Postfix).</summary>
    XClient,

    /// <summary>XFORWARD: a host we trust says where the next message came from, for the log and the trace only (Postfix).</summary>
    XForward,
}
