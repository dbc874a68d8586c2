using SmtpServer;
using SmtpServer.Protocol;
using Xunit;
using static Gateway.Smtp.Tests.Engines.PackageFaults;

namespace Gateway.Smtp.Tests.Engines;

/// <summary>The known faults of the package SmtpServer as its README hosts it. A test passes while its fault is there and fails when an upgrade has mended it.</summary>
public class PackageContractTests
{
    /// <summary>Octets the pipe of the package reads into one segment at most.</summary>
    private const int Segment = 4096;

    [Fact]
    public async Task Fault01_EscapesInALocalPart_BecomeControlCharacters()
    {
        await using PackageRig rig = await PackageRig.GreetAsync();

        string said = await rig.SayAsync("MAIL FROM:<\"a\\tb\"@one.test>\r\n", "RCPT TO:<b@two.test>\r\nDATA\r\n", "x\r\n.\r\n");

        Stays(1, rig.Stored.Exists(m => m.From.Any(char.IsControl)), said);
    }

    [Theory]
    [InlineData("MAIL FROM:<\"a\\yb\"@one.test>\r\n")]
    [InlineData("MAIL FROM:<a@one.test> SIZE=1 SIZE=2\r\n")]
    [InlineData("AUTH LOGIN\r\n", "*\r\n")]
    public async Task Fault02_OddLines_EndTheSessionWithoutAReply(params string[] packets)
    {
        await using PackageRig rig = await PackageRig.GreetAsync(endpoint: static e => e.AllowUnsecureAuthentication());
        string said = string.Empty;
        foreach (string packet in packets)
        {
            said = await rig.SayAsync(packet);
        }

        Stays(2, said == PackageRig.End && rig.Fault is not null, said);
    }

    [Fact]
    public async Task Fault02_ASecondProxyHeader_EndsTheSessionWithoutAReply()
    {
        await using PackageRig rig = PackageRig.Open();
        await rig.HearAsync();
        const string Header = "PROXY TCP4 192.0.2.1 192.0.2.2 1025 25\r\n";

        string said = await rig.SayAsync(Header, Header);

        Stays(2, said == PackageRig.End && rig.Fault is not null, said);
    }

    [Fact]
    public async Task Fault03_AStop_RefusesMailUnderWayForGood()
    {
        await using PackageRig rig = await PackageRig.GreetAsync();
        await rig.DataAsync();
        await rig.SayAsync("half a mess");

        rig.Server.Shutdown();
        string said = await rig.HearTheEndAsync();

        Stays(3, said.StartsWith("554 ", StringComparison.Ordinal), said);
    }

    [Fact]
    public async Task Fault03_AStop_TellsIdleSessionsNothing()
    {
        await using PackageRig rig = await PackageRig.GreetAsync();

        rig.Server.Shutdown();
        string said = await rig.HearTheEndAsync();

        Stays(3, said == PackageRig.End, said);
    }

    [Fact]
    public async Task Fault04_SessionTimeout_CutsASessionThatIsBusy()
    {
        await using PackageRig rig = await PackageRig.GreetAsync(endpoint: static e => e.SessionTimeout(TimeSpan.FromMilliseconds(200)));

        string said = string.Empty;
        for (int i = 0; i < 20_000 && !said.EndsWith(PackageRig.End, StringComparison.Ordinal); i++)
        {
            said = await rig.SayAsync("NOOP\r\n");
            await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System, TestContext.Current.CancellationToken);
        }

        Stays(4, said.EndsWith(PackageRig.End, StringComparison.Ordinal) && !said.StartsWith("421", StringComparison.Ordinal), said);
        Stays(4, new EndpointDefinitionBuilder().Build().SessionTimeout == TimeSpan.FromMinutes(2), "another default");
    }

    [Fact]
    public async Task Fault05_AStoreThatFails_RefusesForGoodAndKeepsTheTransaction()
    {
        await using PackageRig rig = await PackageRig.GreetAsync();
        await rig.DataAsync();
        rig.Answer = static () => throw new IOException("disk full");

        string said = await rig.SayAsync("x\r\n.\r\n");
        string next = await rig.SayAsync("MAIL FROM:<c@three.test>\r\n");
        string data = await rig.SayAsync("DATA\r\n");

        Stays(5, said == "554 \r\n", said);
        Stays(5, next.StartsWith("501 ", StringComparison.Ordinal) && data.StartsWith("354 ", StringComparison.Ordinal), next + data);
    }

    [Fact]
    public async Task Fault06_AStoreThatRefusesByException_IsNotAnswered()
    {
        await using PackageRig rig = await PackageRig.GreetAsync();
        await rig.DataAsync();
        rig.Answer = static () => throw new SmtpResponseException(SmtpResponse.TransactionFailed);

        string said = await rig.SayAsync("x\r\n.\r\n");

        Stays(6, said.Length == 0, said);
    }

    [Fact]
    public async Task Fault07_AnEmptyMessage_NeverEnds()
    {
        await using PackageRig rig = await PackageRig.GreetAsync();
        await rig.DataAsync();

        string said = await rig.SayAsync(".\r\n");

        Stays(7, said.Length == 0, said);
    }

    [Fact]
    public async Task Fault08_Content_IsNotByteForByte()
    {
        await using PackageRig rig = await PackageRig.GreetAsync();
        await rig.DataAsync();

        await rig.SayAsync("..first\r\n..stuffed\r\n.single\r\nlast\r\n.\r\n");

        string octets = Assert.Single(rig.Stored).Octets;
        Stays(8, octets.StartsWith("..first\r\n", StringComparison.Ordinal), octets);
        Stays(8, octets.Contains("\r\n.single\r\n", StringComparison.Ordinal), octets);
        Stays(8, octets.EndsWith("last", StringComparison.Ordinal), octets);
    }

    [Fact]
    public async Task Fault09_AnEndOfDataAcrossTwoSegments_IsOverlooked()
    {
        int overlooked = 0;
        for (int length = Segment - 4; length < Segment; length++)
        {
            await using PackageRig rig = await PackageRig.GreetAsync();
            await rig.DataAsync();

            string content = new string('x', length) + "\r\n.\r\n";
            string said = await rig.SayAsync([content[..Segment], .. content[Segment..].Select(static c => c.ToString())]);

            overlooked += said.Length == 0 ? 1 : 0;
        }

        Stays(9, overlooked > 0, "every end of data was found");
    }

    [Fact]
    public async Task Fault10_AParameterAcrossTwoSegments_EndsTheSession()
    {
        int cut = 0;
        for (int padding = Segment - 96; padding < Segment; padding += 6)
        {
            await using PackageRig rig = await PackageRig.GreetAsync();

            string said = await rig.SayAsync(string.Concat(Enumerable.Repeat("NOOP\r\n", padding / 6)) + "MAIL FROM:<a@one.test> BODY=8BITMIME\r\n");

            cut += said.EndsWith(PackageRig.End, StringComparison.Ordinal) ? 1 : 0;
        }

        Stays(10, cut > 0, "every line was read");
    }

    [Fact]
    public async Task Fault11_EachReplyToAGroup_IsAWriteOfItsOwn()
    {
        await using PackageRig rig = await PackageRig.GreetAsync();
        int before = rig.Writes;

        await rig.DataAsync();

        Stays(11, rig.Writes - before == 3, $"{rig.Writes - before} writes");
    }

    [Fact]
    public async Task Fault12_ALineWithoutEnd_IsKeptHoweverLong()
    {
        await using PackageRig rig = PackageRig.Open();
        await rig.HearAsync();

        string said = await rig.SayAsync(Enumerable.Repeat(new string('x', 64 * 1024), 64));

        Stays(12, said.Length == 0, said);
    }

    [Fact]
    public async Task Fault12_AMessageWithoutEnd_IsKeptHoweverLong()
    {
        await using PackageRig rig = await PackageRig.GreetAsync(static o => o.MaxMessageSize(1000));
        await rig.DataAsync();

        string said = await rig.SayAsync(Enumerable.Repeat(new string('x', 64 * 1024), 64));

        Stays(12, said.Length == 0, said);
    }

    [Fact]
    public async Task Fault13_StrictSize_MeasuresWhatIsBufferedAndNotTheMessage()
    {
        await using PackageRig rig = await PackageRig.GreetAsync(static o => o.MaxMessageSize(1000, MaxMessageSizeHandling.Strict));

        string said = await rig.SayAsync(string.Concat(Enumerable.Repeat("NOOP\r\n", 200)));

        Stays(13, said.StartsWith("552 ", StringComparison.Ordinal), said);
    }

    [Fact]
    public async Task Fault14_AProxyHeader_IsBelievedFromEverybody()
    {
        await using PackageRig rig = PackageRig.Open();
        await rig.HearAsync();

        string said = await rig.SayAsync("PROXY TCP4 192.0.2.1 192.0.2.2 1025 25\r\n");

        Stays(14, rig.Context.Properties.ContainsKey(ProxyCommand.ProxySourceEndpointKey), said);
    }

    [Theory]
    [InlineData("502", "MAIL FROM:<a@one.test>\r\n", "RCPT TO:<postmaster>\r\n")]
    [InlineData("501", "MAIL FROM:<a@one.test>\r\n", "EHLO again.test\r\n")]
    [InlineData("501", "MAIL FROM:<a@one.test>\r\n", "MAIL FROM:<c@three.test>\r\n")]
    [InlineData("250", "MAIL FROM:<a@one.test> NONSENSE=1\r\n")]
    [InlineData("250", "MAIL FROM:<a@one.test>\r\n", "RCPT TO:<b@two.test> NOTIFY=NEVER\r\n")]
    [InlineData("250", "MAIL FROM:<\u00fc@one.test>\r\n")]
    public async Task Fault15_Grammar_IsNotThatOfTheStandard(string code, params string[] lines)
    {
        await using PackageRig rig = await PackageRig.GreetAsync();
        string said = string.Empty;
        foreach (string line in lines)
        {
            said = await rig.SayAsync(line);
        }

        Stays(15, said.StartsWith(code, StringComparison.Ordinal), said);
    }

    [Fact]
    public async Task Fault15_TooManyErrors_EndTheSessionWithoutAWord()
    {
        await using PackageRig rig = await PackageRig.GreetAsync();

        string said = await rig.SayAsync(Enumerable.Repeat("NONSENSE\r\n", 5));

        Stays(15, said.EndsWith("0 retry(ies) remaining.\r\n" + PackageRig.End, StringComparison.Ordinal), said);
    }

    [Fact]
    public async Task Fault15_Recipients_AreNotCounted()
    {
        await using PackageRig rig = await PackageRig.GreetAsync();
        await rig.SayAsync("MAIL FROM:<a@one.test>\r\n");

        string said = await rig.SayAsync(string.Concat(Enumerable.Repeat("RCPT TO:<b@two.test>\r\n", 3000)));

        Stays(15, said == string.Concat(Enumerable.Repeat("250 Ok\r\n", 3000)), said[..Math.Min(said.Length, 200)]);
    }

    [Fact]
    public async Task Fault16_CredentialsThatAreNone_AreAnsweredTwice()
    {
        await using PackageRig rig = await PackageRig.GreetAsync(endpoint: static e => e.AllowUnsecureAuthentication());

        string said = await rig.SayAsync("AUTH PLAIN YWJj\r\n");

        Stays(16, said == "535 authentication failed\r\n535 authentication failed\r\n", said);
    }
}
