using System.Text;
using Gateway.TestKit;
using Xunit;

namespace Gateway.Smtp.Tests.Engines;

/// <summary><c>docs/engines.md</c> is made from the table of differences that the conversations prove.</summary>
public sealed class EnginePageTests
{
    private const string Head = """
        # Which engine reads the commands

        Generated from `EngineDifferences` by `EnginePageTests` (GATEWAY_REGENERATE=1).

        `Gateway:Listeners:N:Engine` is `kestrel`, our own reader and the default, or `smtpserver`, the package
        [SmtpServer](https://github.com/cosullivan/SmtpServer) 11.1.0 ([decision 0030](decisions/0030-two-receiving-engines.md)). It counts after a restart.

        - Take `kestrel`, unless one of the next three is true.
        - Take `smtpserver` when a client that worked breaks with `kestrel` and you need a way round today,
        - or when your policy asks for a reader of commands with a community and a history of its own,
        - or on a second listener, to compare the two.

        With both, Kestrel accepts the connections, and limits, deadlines, rates, TLS, the reading of content, the drain, the flight recorder and the metrics are the same code.
        The package sees one whole bounded command line at a time and never the content of a message. Our own reader checks every line too: only what both accept is
        carried out. Addresses come from our reader. Control characters within addresses are refused.

        **Not proven yet**: with `smtpserver` a client that goes on sending octet by octet behind a deadline was cut late in two tests; the cause is not known (decision 0030). Until
        it is, keep this engine to listeners whose clients you know.

        The log line `disconnect`, `gateway_connections_total`, `gateway_tls_handshake_duration_seconds` and `gateway_engine_messages_total` name the engine; so does `gateway status`.

        ## What is other with smtpserver

        """;

    private static readonly string[] NotInConversations =
    [
        "XCLIENT and XFORWARD are not offered. `gateway config check` refuses Relay:XclientNetworks when no listener has `kestrel`.",
        "LenientNetworks has no effect: the package keeps to its grammar.",
    ];

    [Fact]
    public void Page_Committed_IsCurrent()
    {
        StringBuilder page = new(Head.ReplaceLineEndings("\n"));
        page.Append('\n');
        foreach (IGrouping<string, EngineDifference> rows in EngineDifferences.All.GroupBy(row => row.Reason))
        {
            page.Append(System.Globalization.CultureInfo.InvariantCulture, $"- {rows.Key} ({rows.Count()} rows of the table)\n");
        }

        foreach (string line in NotInConversations)
        {
            page.Append("- ").Append(line).Append('\n');
        }

        Assert.Null(CommittedFile.Problem(page.ToString(), "docs", "engines.md"));
    }
}
