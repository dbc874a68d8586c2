using System.Text;
using Gateway.Smtp.Server;
using Gateway.Smtp.Tests.Client;
using Gateway.Smtp.Tests.Tls;
using Gateway.TestKit;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Gateway.Smtp.Tests.Server;

/// <summary>What a real session writes down of itself.</summary>
public class SessionRecordTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Record_MessageByData_HoldsTheCountAndNothingOfTheContent()
    {
        SmtpTestHost.SkipWithPackage("it quotes the length of the EHLO reply");
        await using SmtpTestHost host = await SmtpTestHost.StartAsync();
        await using ScriptedSmtpClient client = await host.GreetAsync();
        await client.DeliverAsync("a@b.test", ["c@d.test"], "Subject: confidential\r\n\r\nconfidential\r\n", Stop);
        Assert.StartsWith("221", await client.SayAsync("QUIT", Stop), StringComparison.Ordinal);

        Assert.Equal(
            [
                "S: 220 gate.test ESMTP", "C: EHLO client.test", "S: 250-gate.test... (175 octets)", "C: MAIL FROM:<a@b.test>", "S: 250 2.1.0 Ok",
                "C: RCPT TO:<c@d.test>", "S: 250 2.1.5 Ok", "C: DATA", "S: 354 End data with <CR><LF>.<CR><LF>", "C: DATA 39 octets",
                "S: 250 2.0.0 Ok: queued as id", "C: QUIT", "S: 221 2.0.0 Bye",
            ],
            await RecordAsync(host));
    }

    [Fact]
    public async Task Record_MessageByBdat_HoldsTheCommandsOnly()
    {
        SmtpTestHost.SkipWithPackage("BDAT is not offered");
        await using SmtpTestHost host = await SmtpTestHost.StartAsync();
        await using ScriptedSmtpClient client = await host.GreetAsync();
        await client.SendAsync("MAIL FROM:<a@b.test>\r\nRCPT TO:<c@d.test>\r\nBDAT 14\r\nconfidential\r\nBDAT 3 LAST\r\nx\r\nQUIT\r\n", Stop);
        IReadOnlyList<string> record = await RecordAsync(host);

        Assert.Equal(["C: BDAT 14", "S: 250 2.0.0 Ok, chunk received", "C: BDAT 3 LAST", "S: 250 2.0.0 Ok: queued as id"], record.Skip(7).Take(4));
        Assert.DoesNotContain(record, line => line.Contains("confidential", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Record_SlowContent_SaysHowMuchCame(bool chunk)
    {
        SmtpTestHost.SkipWithPackage("BDAT is not offered", chunk);
        FakeTimeProvider time = new();
        await using SmtpTestHost host = await SmtpTestHost.StartAsync(time: time);
        await using ScriptedSmtpClient client = await host.GreetAsync();
        await client.SendAsync("MAIL FROM:<a@b.test>\r\nRCPT TO:<c@d.test>\r\n" + (chunk ? "BDAT 1000\r\nconfidential" : "DATA\r\n"), Stop);
        await client.ReadReplyAsync(Stop);
        await client.ReadReplyAsync(Stop);
        if (!chunk)
        {
            await client.ReadReplyAsync(Stop);
            await client.SendAsync("confidential", Stop);
        }

        string? reply = await time.AdvanceUntilAsync(client.ReadReplyAsync(Stop), TimeSpan.FromSeconds(30));
        Assert.StartsWith("421 4.4.2", reply, StringComparison.Ordinal);
        Assert.Equal(["C: content, 12 octets so far", "S: " + reply], (await RecordAsync(host)).TakeLast(2));
    }

    [Theory]
    [InlineData("PLAIN with initial response")]
    [InlineData("PLAIN")]
    [InlineData("LOGIN")]
    public async Task Record_Authentication_HoldsNoSecret(string how)
    {
        ArgumentNullException.ThrowIfNull(how);
        await using TlsServer server = await TlsServer.StartAsync(TlsMode.Implicit, new SessionLimits { AuthFailureDelay = TimeSpan.Zero }, users: true);
        await using ScriptedSmtpClient client = await server.Host.ConnectAsync();
        await client.SecureAsync("gate.test", Stop);
        await client.ReadReplyAsync(Stop);
        await client.SayAsync("EHLO client.test", Stop);
        string plain = Convert.ToBase64String("\0joe\0secret"u8);
        string wrong = Convert.ToBase64String("\0joe\0wrong!"u8);
        string[] secrets = how switch
        {
            "PLAIN with initial response" => ["AUTH PLAIN " + wrong, wrong, "AUTH PLAIN " + plain],
            "PLAIN" => ["AUTH PLAIN", wrong, wrong, "auth plain", plain],
            _ => ["AUTH LOGIN", "am9l", "d3Jvbmch", "AUTH LOGIN am9l", "c2VjcmV0", "c2VjcmV0"],
        };
        foreach (string line in secrets)
        {
            await client.SayAsync(line, Stop);
        }

        await client.SayAsync("QUIT", Stop);
        IReadOnlyList<string> record = await RecordAsync(server.Host);
        Assert.Contains("R: TLS1_3", record);
        Assert.Contains("S: 235 2.7.0 Authentication successful", record);
        foreach (string part in new[] { plain, wrong, "am9l", "d3Jvbmch", "c2VjcmV0", "VXNlcm5hbWU6", "joe", "secret", "wrong" })
        {
            Assert.DoesNotContain(record, line => line.Contains(part, StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task Record_AuthNotOffered_HidesWhatTheClientSaysAllTheSame()
    {
        await using SmtpTestHost host = await SmtpTestHost.StartAsync();
        await using ScriptedSmtpClient client = await host.GreetAsync();
        foreach (string line in new[] { "AUTH LOGIN", "am9l", "c2VjcmV0", "QUIT" })
        {
            await client.SayAsync(line, Stop);
        }

        Assert.Equal(
            [
                "C: AUTH LOGIN", "S: 502 5.5.1 Command not implemented", "C:  ***", "S: 500 5.5.2 Error: command not recognized", "C:  ***",
                "S: 500 5.5.2 Error: command not recognized", "C: QUIT", "S: 221 2.0.0 Bye",
            ],
            (await RecordAsync(host)).Skip(3));
    }

    [Fact]
    public async Task Record_OverlongLine_HoldsNothingOfItHoweverItIsSplit()
    {
        await using SmtpTestHost host = await SmtpTestHost.StartAsync(limits: new SessionLimits { CommandLineBytes = 300 });
        await using ScriptedSmtpClient client = await host.GreetAsync();
        byte[] line = Encoding.ASCII.GetBytes("AUTH PLAIN " + new string('x', 400) + "secret\r\n");
        await client.SendSplitAsync(line, [301, 411, 414], TimeSpan.FromMilliseconds(50), Stop);
        await client.ReadReplyAsync(Stop);
        await client.SayAsync("QUIT", Stop);

        Assert.Equal(["C: (line of 419 octets)", "S: 500 5.5.2 Error: line too long"], (await RecordAsync(host)).Skip(3).Take(2));
    }

    [Fact]
    public async Task Record_EarlyTalk_HoldsItsFirstLine()
    {
        await using SmtpTestHost host = await SmtpTestHost.StartAsync(
            limits: new SessionLimits { GreetingDelay = TimeSpan.FromMinutes(1) });
        await using ScriptedSmtpClient client = await host.ConnectAsync();
        await client.SendAsync("EHLO spam.test\r\nMAIL FROM:<x@y.test>\r\n", Stop);
        Assert.StartsWith("554", await client.ReadReplyAsync(Stop), StringComparison.Ordinal);

        Assert.Equal(
            ["R: before the greeting:", "C: EHLO spam.test", "S: 554 5.5.1 Error: SMTP protocol synchronization"], await RecordAsync(host));
    }

    private static async Task<IReadOnlyList<string>> RecordAsync(SmtpTestHost host)
    {
        SessionSummary summary = await host.Receivers.NextEndAsync(Stop);
        Assert.Null(summary.Fault);
        return host.Receivers.All.Single().Record;
    }
}
