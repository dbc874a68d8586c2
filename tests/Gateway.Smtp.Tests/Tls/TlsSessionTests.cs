using System.Security.Authentication;
using Gateway.Smtp.Protocol;
using Gateway.Smtp.Server;
using Gateway.Smtp.Tests.Server;
using Gateway.TestKit;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Gateway.Smtp.Tests.Tls;

/// <summary>What the golden conversations of encrypted sessions cannot say.</summary>
public class TlsSessionTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Session_UnderTls_TellsItsReceiverVersionAndProtocol()
    {
        await using TlsServer server = await TlsServer.StartAsync(TlsMode.Optional);
        await using ScriptedSmtpClient client = await SecuredAsync(server, "gate.test");
        await client.SayAsync("EHLO client.test", Stop);
        Assert.Equal("250 2.0.0 Ok: queued as id", await client.DeliverAsync("a@client.test", ["b@gate.test"], "Subject: x\r\n\r\ny\r\n", Stop));

        Assert.Equal("ESMTPS", server.Host.Receivers.Messages.Single().Protocol);
        RecordingReceiver receiver = server.Host.Receivers.All.Single();
        Assert.Null(receiver.Handshake.Failure);
        Assert.Equal("TLS1_3", receiver.Handshake.Facts!.Version);
        Assert.StartsWith("TLS_", receiver.Handshake.Facts.Cipher, StringComparison.Ordinal);
        Assert.Equal("gate.test", receiver.Handshake.Facts.ServerName);
    }

    [Theory]
    [InlineData("gate.test", 0)]
    [InlineData("GATE.test", 0)]
    [InlineData("mx1.wild.test", 1)]
    [InlineData("other.test", 1)]
    [InlineData("a.b.wild.test", 0)]
    [InlineData("unknown.test", 0)]
    public async Task Session_WithServerName_ShowsTheCertificateOfThatName(string name, int certificate)
    {
        await using TlsServer server = await TlsServer.StartAsync(TlsMode.Optional);
        await using ScriptedSmtpClient client = await SecuredAsync(server, name);
        Assert.Equal(server.Serials[certificate], client.Tls!.RemoteCertificate!.GetSerialNumberString());
    }

    [Fact]
    public async Task Session_WithOldTls_FailsTheHandshakeAndSaysWhy()
    {
        await using TlsServer server = await TlsServer.StartAsync(TlsMode.Implicit);
        await using ScriptedSmtpClient client = await server.Host.ConnectAsync();
#pragma warning disable SYSLIB0039, CA5397, CA5398 // What must be refused.
        await Assert.ThrowsAnyAsync<Exception>(() => client.SecureAsync("gate.test", Stop, SslProtocols.Tls11));
#pragma warning restore SYSLIB0039, CA5397, CA5398
        client.Abort();
        SessionSummary summary = await server.Host.Receivers.NextEndAsync(Stop);
        Assert.Equal(SessionEnd.TlsFailed, summary.End);
        Assert.NotNull(server.Host.Receivers.All.Single().Handshake.Failure);
    }

    [Fact]
    public async Task Session_WhoseHandshakeIsSilent_EndsAfterTheTimeout()
    {
        FakeTimeProvider time = new();
        await using TlsServer server = await TlsServer.StartAsync(TlsMode.Implicit, time: time);
        await using ScriptedSmtpClient client = await server.Host.ConnectAsync();
        await Eventually.HoldsAsync(() => server.Host.Registry.Count == 1, Stop);
        Task<SessionSummary> end = server.Host.Receivers.NextEndAsync(Stop);
        while (!end.IsCompleted)
        {
            time.Advance(TimeSpan.FromSeconds(31));
            await Task.WhenAny(end, Task.Delay(20, Stop));
        }

        Assert.Equal(SessionEnd.TlsFailed, (await end).End);
        Assert.Equal("handshake timed out", server.Host.Receivers.All.Single().Handshake.Failure);
        Assert.True(await client.IsClosedByServerAsync(Stop));
    }

    [Fact]
    public async Task Session_UnderTlsThatIsSilent_TimesOutWithItsReply()
    {
        FakeTimeProvider time = new();
        await using TlsServer server = await TlsServer.StartAsync(TlsMode.Optional, time: time);
        await using ScriptedSmtpClient client = await SecuredAsync(server, "gate.test");
        await client.SayAsync("EHLO client.test", Stop);
        Task<string?> reply = client.ReadReplyAsync(Stop);
        time.Advance(TimeSpan.FromSeconds(295));
        while (!reply.IsCompleted)
        {
            // Small steps: a long one would also pass the farewell.
            time.Advance(TimeSpan.FromSeconds(2));
            await Task.WhenAny(reply, Task.Delay(100, Stop));
        }

        Assert.Equal("421 4.4.2 Error: timeout exceeded, closing connection", await reply);
        Assert.Equal(SessionEnd.TimedOut, (await server.Host.Receivers.NextEndAsync(Stop)).End);
        Assert.True(await client.IsClosedByServerAsync(Stop));
    }

    [Fact]
    public async Task Session_UnderTls_DrainsAtACommandBoundary()
    {
        await using TlsServer server = await TlsServer.StartAsync(TlsMode.Optional);
        await using ScriptedSmtpClient client = await SecuredAsync(server, "gate.test");
        await client.SayAsync("EHLO client.test", Stop);
        Task stopping = server.Host.StopAsync();
        Assert.Equal(Replies.ShuttingDown.ToString(), await client.ReadReplyAsync(Stop));
        Assert.True(await client.IsClosedByServerAsync(Stop));
        await stopping;
    }

    [Fact]
    public async Task Session_UnderTls_TakesALargeMessageByteForByte()
    {
        await using TlsServer server = await TlsServer.StartAsync(TlsMode.Optional);
        await using ScriptedSmtpClient client = await SecuredAsync(server, "gate.test");
        await client.SayAsync("EHLO client.test", Stop);
        string line = new string('x', 998) + "\r\n";
        string content = "Subject: large\r\n\r\n" + string.Concat(Enumerable.Repeat(line, 4000));
        Assert.StartsWith("250", await client.DeliverAsync("a@client.test", ["b@gate.test"], content, Stop), StringComparison.Ordinal);
        Assert.Equal(content, server.Host.Receivers.Messages.Single().Text);
    }

    [Fact]
    public async Task Session_UnderTls_AnswersPipelinedCommandsInOrder()
    {
        await using TlsServer server = await TlsServer.StartAsync(TlsMode.Optional);
        await using ScriptedSmtpClient client = await SecuredAsync(server, "gate.test");
        await client.SayAsync("EHLO client.test", Stop);
        await client.SendSplitAsync("NOOP\r\nMAIL FROM:<a@client.test>\r\nRCPT TO:<b@gate.test>\r\nRSET\r\nQUIT\r\n"u8.ToArray(), [2, 30, 31, 60], null, Stop);
        List<string?> replies = [];
        for (int i = 0; i < 5; i++)
        {
            replies.Add(await client.ReadReplyAsync(Stop));
        }

        Assert.Equal(["250 2.0.0 Ok", "250 2.1.0 Ok", "250 2.1.5 Ok", "250 2.0.0 Ok", "221 2.0.0 Bye"], replies);
    }

    [Fact]
    public async Task Certificates_Renewed_AreShownToNewSessionsWithoutARestart()
    {
        FakeTimeProvider time = new();
        await using TlsServer server = await TlsServer.StartAsync(TlsMode.Optional, time: time);
        List<Exception?> told = [];
        server.Certificates.Changed = (_, fault) => told.Add(fault);
        string renewed = server.Renew("gate.test");
        time.Advance(TimeSpan.FromSeconds(11));
        await using ScriptedSmtpClient client = await SecuredAsync(server, "gate.test");
        Assert.Equal(renewed, client.Tls!.RemoteCertificate!.GetSerialNumberString());
        Assert.Equal([null], told);
    }

    [Fact]
    public async Task Certificates_Spoiled_KeepTheOldAndAreToldAgainAfterAnHour()
    {
        FakeTimeProvider time = new();
        await using TlsServer server = await TlsServer.StartAsync(TlsMode.Optional, time: time);
        List<Exception?> told = [];
        server.Certificates.Changed = (_, fault) => told.Add(fault);
        server.Spoil("not a key");
        time.Advance(TimeSpan.FromSeconds(11));
        time.Advance(TimeSpan.FromSeconds(11));
        await using ScriptedSmtpClient client = await SecuredAsync(server, "gate.test");
        Assert.Equal(server.Serials[0], client.Tls!.RemoteCertificate!.GetSerialNumberString());
        Assert.Contains("gate.key", Assert.Single(told)!.Message, StringComparison.Ordinal);
        Assert.Single(server.Certificates.Reload());

        // A reload tells of the good pair as well.
        Assert.Equal(2, told.Count(static f => f is not null));
        for (int i = 0; i < 361; i++)
        {
            time.Advance(TimeSpan.FromSeconds(10));
        }

        Assert.Equal(3, told.Count(static f => f is not null));
    }

    [Theory]
    [InlineData("no key in it")]
    [InlineData("")]
    [InlineData(null)]
    public async Task Certificates_OneOfTwoSpoiled_KeepsItsOldSelfAndTheOtherIsRenewed(string? content)
    {
        FakeTimeProvider time = new();
        await using TlsServer server = await TlsServer.StartAsync(TlsMode.Optional, time: time);
        server.SpoilSecond(content);
        string renewed = server.Renew("gate.test");
        time.Advance(TimeSpan.FromSeconds(11));
        await using ScriptedSmtpClient first = await SecuredAsync(server, "gate.test");
        await using ScriptedSmtpClient second = await SecuredAsync(server, "other.test");
        Assert.Equal(renewed, first.Tls!.RemoteCertificate!.GetSerialNumberString());
        Assert.Equal(server.Serials[1], second.Tls!.RemoteCertificate!.GetSerialNumberString());
        Assert.EndsWith("wild.crt", Assert.Single(server.Certificates.Faults).Files.CertificateFile, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Certificates_SecondMissingAtTheStart_IsTakenUpWhenItIsThere()
    {
        FakeTimeProvider time = new();
        await using TlsServer server = await TlsServer.StartAsync(TlsMode.Optional, time: time, withoutSecond: true);
        await using (ScriptedSmtpClient before = await SecuredAsync(server, "other.test"))
        {
            Assert.Equal(server.Serials[0], before.Tls!.RemoteCertificate!.GetSerialNumberString());
        }

        Assert.Single(server.Certificates.InUse);
        string made = server.RenewSecond();
        time.Advance(TimeSpan.FromSeconds(11));
        await using ScriptedSmtpClient after = await SecuredAsync(server, "other.test");
        Assert.Equal(made, after.Tls!.RemoteCertificate!.GetSerialNumberString());
        Assert.Empty(server.Certificates.Faults);
    }

    [Fact]
    public async Task Refusal_OnAnImplicitListener_SaysNothingInClear()
    {
        await using TlsServer server = await TlsServer.StartAsync(TlsMode.Implicit, new SessionLimits { Connections = 0 });
        await using ScriptedSmtpClient client = await server.Host.ConnectAsync();
        Assert.True(await client.IsClosedByServerAsync(Stop));
    }

    private static async Task<ScriptedSmtpClient> SecuredAsync(TlsServer server, string name)
    {
        ScriptedSmtpClient client = await server.Host.GreetAsync();
        Assert.Equal("220 2.0.0 Ready to start TLS", await client.SayAsync("STARTTLS", Stop));
        await client.SecureAsync(name, Stop);
        return client;
    }
}
