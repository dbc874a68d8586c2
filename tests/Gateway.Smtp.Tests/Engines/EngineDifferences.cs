using System.Text;
using Gateway.Smtp.Server;
using Gateway.TestKit;
using Xunit;

namespace Gateway.Smtp.Tests.Engines;

/// <summary>Part of a written conversation that is another where the package reads the commands.</summary>
/// <param name="Conversation">The file, with its folder and without its ending; <c>*</c> for all files.</param>
/// <param name="Kestrel">The instructions as the file has them.</param>
/// <param name="Package">What stands in their place. When it ends in <c>S!</c>, the session ends there, and so does the conversation.</param>
/// <param name="Reason">Why, as <c>docs/engines.md</c> says it.</param>
internal sealed record EngineDifference(string Conversation, string Kestrel, string Package, string Reason)
{
    /// <summary>Rewrites a conversation: every such part, or what begins with the one that ends it.</summary>
    public string Apply(string text)
    {
        int end = Package.EndsWith("S!", StringComparison.Ordinal) ? text.IndexOf(Kestrel + "\n", StringComparison.Ordinal) : -1;
        return end >= 0 ? text[..end] + Package + "\n" : text.Replace(Kestrel + "\n", Package + "\n", StringComparison.Ordinal);
    }
}

/// <summary>All known differences between the engines that a conversation shows. A row that is no longer needed fails a test.</summary>
internal static class EngineDifferences
{
    private const string NotOffered = "HELP, VRFY and EXPN are no commands of the package: 502, and HELP is not offered.";
    private const string NoChunks = "CHUNKING and BINARYMIME are not offered; BDAT ends the session, because its octets would be read as commands.";
    private const string NoArguments = "The package takes no argument behind NOOP, which RFC 5321 section 4.1.1.9 lets a client send.";
    private const string NotWithin = "The package takes no EHLO inside a transaction; RSET first.";
    private const string Unreadable = "A parameter that is given twice ends the session: the package gives up on the line.";

    private const string NoPostmaster = "The package takes no address without a domain: RCPT TO:<postmaster> is 501.";
    private const string AuthEnds = "AUTH that is cancelled or cannot be decoded ends the session behind its reply.";
    private const string NoScram = "AUTH is PLAIN and LOGIN only.";
    private const string NotImplemented = "S: 502 5.5.1 Command not implemented";
    private const string BadParameter = "S: 501 5.5.4 Bad parameter syntax";
    private const string Binary = "C: MAIL FROM:<from@a.test> BODY=BINARYMIME\n";
    private const string Scram = "C: AUTH SCRAM-SHA-256 cD10bHMtdW5pcXVlLCxuPWpvZSxyPWFiY2RlZmdoaWo=\n";
    private static readonly string LongNoop = "C: NOOP " + new string('x', 293);
    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "Conversations");

    /// <summary>The rows.</summary>
    public static IReadOnlyList<EngineDifference> All { get; } =
    [
        new("*", "S: 250-CHUNKING\nS: 250-BINARYMIME\nS: 250-LIMITS RCPTMAX=5\nS: 250 HELP", "S: 250 LIMITS RCPTMAX=5", NoChunks),
        new("*", "S: 250-CHUNKING\nS: 250-BINARYMIME\nS: 250-LIMITS RCPTMAX=1000\nS: 250 HELP", "S: 250 LIMITS RCPTMAX=1000", NoChunks),
        new("*", "S: 250-CHUNKING\nS: 250-BINARYMIME\nS: 250-LIMITS MAILMAX=3 RCPTMAX=5\nS: 250 HELP", "S: 250 LIMITS MAILMAX=3 RCPTMAX=5", NoChunks),
        new("binarymime_needs_bdat", Binary + "S: 250 2.1.0 Ok", Binary + "S: 555 5.5.4 Unsupported parameter\nC: QUIT\nS: 221 2.0.0 Bye\nS!", NoChunks),
        new("*", "S: 252 2.1.5 *", NotImplemented, NotOffered),
        new("*", "S: 252 2.1.5 Cannot VRFY user, but will take the message", NotImplemented, NotOffered),
        new("*", "S: 501 5.5.4 Syntax: VRFY address", NotImplemented, NotOffered),
        new("*", "S: 214 2.0.0 Commands: *", NotImplemented, NotOffered),
        new("*", "S: 214 2.0.0 Commands: HELO EHLO MAIL RCPT DATA BDAT RSET NOOP QUIT VRFY HELP STARTTLS AUTH", NotImplemented, NotOffered),
        new("*", "C: NOOP with words\nS: 250 2.0.0 Ok", "C: NOOP with words\nS: 501 5.5.4 Syntax error: no argument expected", NoArguments),
        new("*", LongNoop + "\nS: 250 2.0.0 Ok", LongNoop + "\nS: 501 5.5.4 Syntax error: no argument expected", NoArguments),
        new("ehlo_in_a_transaction_drops_it", "S: 250 *\nC: EHLO client.test\nS~ 250 HELP", "S: 250 *\nC: EHLO client.test\nS: 503 5.5.1 Error: need MAIL command\nC: RSET\nS: 250 2.0.0 Ok", NotWithin),
        new("Tls/optional-starttls_drops_the_transaction_in_clear", "S: 250 2.1.0 Ok\nC: STARTTLS", "S: 250 2.1.0 Ok\nC: STARTTLS\nS: 503 5.5.1 Error: need MAIL command\nC: RSET\nS: 250 2.0.0 Ok\nC: STARTTLS", NotWithin),
        new("*", "C: RCPT TO:<postmaster>\nS: 250 2.1.5 Ok", "C: RCPT TO:<postmaster>\nS: 501 5.1.3 Bad recipient address syntax", NoPostmaster),
        new("dsn_parameters_are_read_strictly", "RET=FULL RET=FULL\n" + BadParameter, "RET=FULL RET=FULL\n" + BadParameter + "\nS!", Unreadable),
        new("mail_syntax_errors_are_501_and_open_nothing", "SIZE=1 SIZE=1\n" + BadParameter, "SIZE=1 SIZE=1\n" + BadParameter + "\nS!", Unreadable),
        new("Tls/optional-requiretls_under_tls_only", "REQUIRETLS REQUIRETLS\n" + BadParameter, "REQUIRETLS REQUIRETLS\n" + BadParameter + "\nS!", Unreadable),
        new("Tls/auth-cancelled", "S: 501 5.7.0 Authentication cancelled", "S: 501 5.7.0 Authentication cancelled\nS!", AuthEnds),
        new("Tls/auth-malformed_responses", "C: NOOP x\nS: 501 5.5.2 Cannot decode response", "C: NOOP x\nS: 501 5.5.2 Cannot decode response\nS!", AuthEnds),
        new("Tls/auth-response_without_crlf_ends_the_exchange", "S: 500 5.5.2 Error: command line must end in <CR><LF>", "S: 500 5.5.2 Error: command line must end in <CR><LF>\nN: bare_lf\nS!", AuthEnds),
        new("Tls/auth-malformed_responses", Scram + "S: 501 5.5.2 Cannot decode response", Scram + "S: 504 5.5.4 Unrecognized authentication type", NoScram),
        new("*", "S: 250-AUTH SCRAM-SHA-256 PLAIN LOGIN", "S: 250-AUTH PLAIN LOGIN", NoScram),
        new("*", "S~ 250 HELP", "S~ 250 LIMITS *", NotOffered),
    ];

    /// <summary>Conversations that are about what the package engine does not offer at all; <c>PackageBdatTests</c> shows what it does instead.</summary>
    public static bool IsLeftOut(string name) => Path.GetFileName(name).StartsWith("bdat_", StringComparison.Ordinal) || name == "Tls/required-bdat_in_clear_is_530_behind_its_octets";

    /// <summary>Files with the engines that hold them.</summary>
    /// <param name="folder">The folder under <c>Conversations</c> with a slash behind it, or nothing.</param>
    /// <param name="names">The files without their ending.</param>
    public static TheoryData<string, SmtpEngine> WithEngines(string folder, IEnumerable<string> names)
    {
        TheoryData<string, SmtpEngine> rows = [];
        foreach (string name in names)
        {
            rows.Add(name, SmtpEngine.Kestrel);
            if (!IsLeftOut(folder + name))
            {
                rows.Add(name, SmtpEngine.SmtpServer);
            }
        }

        return rows;
    }

    /// <summary>The rows that the files of a folder show, as file and place in the table.</summary>
    public static TheoryData<string, int> RowsOf(string folder)
    {
        TheoryData<string, int> rows = [];
        for (int i = 0; i < All.Count; i++)
        {
            EngineDifference row = All[i];
            string? name = row.Conversation != "*" ? row.Conversation : Names().FirstOrDefault(
                n => n.StartsWith(folder, StringComparison.Ordinal) && !IsLeftOut(n) && Text(n).Contains(row.Kestrel + "\n", StringComparison.Ordinal));
            if (name?.StartsWith(folder, StringComparison.Ordinal) == true && (folder.Length > 0 || !name.Contains('/', StringComparison.Ordinal)))
            {
                rows.Add(name[folder.Length..], i);
            }
        }

        return rows;
    }

    /// <summary>All files, those without a folder first.</summary>
    private static IEnumerable<string> Names() => Directory.GetFiles(Folder, "*.smtp", SearchOption.AllDirectories)
        .Select(f => Path.GetRelativePath(Folder, f)[..^".smtp".Length]).OrderBy(n => n.Contains('/', StringComparison.Ordinal)).ThenBy(n => n, StringComparer.Ordinal);

    private static string Text(string name) => File.ReadAllText(Path.Combine(Folder, name + ".smtp"), Encoding.Latin1).ReplaceLineEndings("\n");

    /// <summary>A conversation as an engine holds it.</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="name">The file with its folder and without its ending.</param>
    /// <param name="without">A row that is left out.</param>
    public static GoldenConversation Load(SmtpEngine engine, string name, EngineDifference? without = null)
    {
        string text = Text(name);
        foreach (EngineDifference row in All.Where(r => engine == SmtpEngine.SmtpServer && r != without && (r.Conversation == "*" || r.Conversation == name)))
        {
            text = row.Apply(text);
        }

        return GoldenConversation.Parse(name + ".smtp", text);
    }
}
