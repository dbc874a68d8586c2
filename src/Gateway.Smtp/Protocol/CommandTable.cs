namespace Gateway.Smtp.Protocol;

/// <summary>Where a session stands; flags, so that a command can name all phases in which it is legal.</summary>
[Flags]
public enum SessionPhase
{
    /// <summary>Greeted, the client has not named itself yet.</summary>
    Greeted = 1,

    /// <summary>HELO or EHLO was accepted, no transaction is open.</summary>
    Ready = 2,

    /// <summary>MAIL was accepted, no recipient yet.</summary>
    Mail = 4,

    /// <summary>At least one recipient was accepted.</summary>
    Recipients = 8,

    /// <summary>At least one chunk of the message was accepted by BDAT; only BDAT goes on, and RSET gives up.</summary>
    Chunks = 16,

    /// <summary>A transaction may be open or not, but the client has named itself.</summary>
    Named = Ready | Mail | Recipients | Chunks,

    /// <summary>Always.</summary>
    Any = Greeted | Named,
}

/// <summary>What is legal when: one row per command.</summary>
/// <param name="Verb">The command.</param>
/// <param name="Name">Its keyword, upper case.</param>
/// <param name="Legal">The phases in which it is accepted; elsewhere the reply is 503 5.5.1.</param>
/// <param name="MustEndGroup">
/// RFC 2920 section 3.1: the client must wait for the reply before it sends anything else, because what follows depends on it.
/// Bytes already behind such a command are a protocol violation (rule <c>command-pipelining-abuse</c>).
/// </param>
public readonly record struct CommandRow(SmtpVerb Verb, string Name, SessionPhase Legal, bool MustEndGroup);

/// <summary>The table of commands, the single place that says what exists and what is legal when.</summary>
/// <remarks>Source: RFC 5321 section 4.1.4 (order of commands), RFC 2920 section 3.1 (groups).</remarks>
public static class CommandTable
{
    /// <summary>All rows, indexed by <see cref="SmtpVerb"/>.</summary>
    public static IReadOnlyList<CommandRow> Rows => Table;

    private static readonly CommandRow[] Table =
    [
        new(SmtpVerb.Unknown, "", SessionPhase.Any, MustEndGroup: false),
        new(SmtpVerb.Helo, "HELO", SessionPhase.Any, MustEndGroup: true),
        new(SmtpVerb.Ehlo, "EHLO", SessionPhase.Any, MustEndGroup: true),
        new(SmtpVerb.Mail, "MAIL", SessionPhase.Ready, MustEndGroup: false),
        new(SmtpVerb.Rcpt, "RCPT", SessionPhase.Mail | SessionPhase.Recipients, MustEndGroup: false),
        new(SmtpVerb.Data, "DATA", SessionPhase.Mail | SessionPhase.Recipients, MustEndGroup: true),
        // Legal everywhere: out of its place it is refused only when its octets were read, or they would be taken for commands.
        new(SmtpVerb.Bdat, "BDAT", SessionPhase.Any, MustEndGroup: false),
        new(SmtpVerb.Rset, "RSET", SessionPhase.Any, MustEndGroup: false),
        // RFC 2920 lists NOOP, VRFY and EXPN as last in a group too, but nothing that follows depends on their reply.
        new(SmtpVerb.Noop, "NOOP", SessionPhase.Any, MustEndGroup: false),
        new(SmtpVerb.Quit, "QUIT", SessionPhase.Any, MustEndGroup: false),
        new(SmtpVerb.Vrfy, "VRFY", SessionPhase.Any, MustEndGroup: false),
        new(SmtpVerb.Expn, "EXPN", SessionPhase.Any, MustEndGroup: false),
        new(SmtpVerb.Help, "HELP", SessionPhase.Any, MustEndGroup: false),
        // What stands behind it in clear would be executed as if it had been encrypted (CVE-2011-0411).
        new(SmtpVerb.StartTls, "STARTTLS", SessionPhase.Named, MustEndGroup: true),
        new(SmtpVerb.Auth, "AUTH", SessionPhase.Named, MustEndGroup: true),
        // Both may be pipelined (Postfix's XCLIENT_README), and who sends them is trusted.
        new(SmtpVerb.XClient, "XCLIENT", SessionPhase.Greeted | SessionPhase.Ready, MustEndGroup: false),
        new(SmtpVerb.XForward, "XFORWARD", SessionPhase.Greeted | SessionPhase.Ready, MustEndGroup: false),
    ];

    /// <summary>The row of a verb.</summary>
    public static CommandRow Row(SmtpVerb verb) => Table[(int)verb];

    /// <summary>Finds the verb of a keyword; case does not matter (RFC 5321 section 2.4).</summary>
    /// <remarks>Cost: one pass over at most a dozen short keywords, no allocation.</remarks>
    public static SmtpVerb Find(ReadOnlySpan<byte> keyword)
    {
        if (keyword.IsEmpty)
        {
            return SmtpVerb.Unknown;
        }

        foreach (ref readonly CommandRow row in Table.AsSpan(1))
        {
            if (keyword.Length == row.Name.Length && System.Text.Ascii.EqualsIgnoreCase(keyword, row.Name))
            {
                return row.Verb;
            }
        }

        return SmtpVerb.Unknown;
    }
}
