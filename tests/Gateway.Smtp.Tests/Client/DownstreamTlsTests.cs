using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Gateway.Smtp.Client;
using Gateway.Smtp.Server;
using Gateway.Smtp.Tests.Tls;
using Gateway.TestKit;
using Xunit;

namespace Gateway.Smtp.Tests.Client;

/// <summary>Encryption towards the hosts behind, against our own receiving side and against hosts that break it.</summary>
public sealed class DownstreamTlsTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(DownstreamTls.None, null, false)]
    [InlineData(DownstreamTls.Opportunistic, "untrusted", false)]
    [InlineData(DownstreamTls.Required, "untrusted", false)]
    [InlineData(DownstreamTls.Opportunistic, "verified", true)]
    [InlineData(DownstreamTls.Required, "verified", true)]
    [InlineData(DownstreamTls.Verified, "verified", true)]
    public async Task SendAsync_HostOffersStartTls_GoesByTheModeAndKnowsWhetherTheCertificateIsGood(DownstreamTls mode, string? trust, bool proves)
    {
        await using TlsServer server = await TlsServer.StartAsync(TlsMode.Optional);
        DownstreamHost host = HostOf(server, new DownstreamAccess { Tls = mode, CaFile = trust == "verified" ? server.CertificateFile : "", TlsName = "gate.test" });
        await using DownstreamConnection connection = await ConnectedAsync(host);

        DeliveryReport report = await connection.SendAsync(ClientTesting.Message("Subject: x\r\n\r\n.dot\r\n"), Stop);

        Assert.Equal(DeliveryOutcome.Delivered, report.Recipients[0].Outcome);
        Assert.Equal(proves, connection.Capabilities.Encrypted);
        Assert.Equal(trust, report.Tls?.Split(' ')[^1]);
        Assert.Equal("Subject: x\r\n\r\n.dot\r\n", Encoding.ASCII.GetString(Assert.Single(server.Host.Receivers.Messages).Octets));
    }

    [Fact]
    public async Task SendAsync_RequireTlsOverVerified_Goes()
    {
        await using TlsServer server = await TlsServer.StartAsync(TlsMode.Optional);
        DownstreamHost host = HostOf(server, new DownstreamAccess { Tls = DownstreamTls.Verified, CaFile = server.CertificateFile, TlsName = "gate.test" });
        await using DownstreamPool pool = new(new DownstreamOptions(), TimeProvider.System);
        OutboundMessage message = ClientTesting.Message("x\r\n") with { RequireTls = true };
        DeliveryReport first = await pool.SendAsync(host, message, Stop);
        DeliveryReport untrusted = await pool.SendAsync(host with { Access = host.Access with { Tls = DownstreamTls.Required, CaFile = "" } }, ClientTesting.Message("x\r\n") with { RequireTls = true }, Stop);
        DeliveryReport lookedUp = await pool.SendAsync(
            host with { Host = "localhost", Access = new DownstreamAccess { IsLookedUp = true, CaFile = server.CertificateFile } },
            ClientTesting.Message("x\r\n") with { RequireTls = true }, Stop);

        Assert.Equal(DeliveryOutcome.Delivered, first.Recipients[0].Outcome);
        Assert.True(untrusted.NeedsRequireTls);
        Assert.True(lookedUp.NeedsRequireTls);
        Assert.Single(server.Host.Receivers.Messages);
    }

    [Theory]
    [InlineData(true, "", "another name")]
    [InlineData(false, "gate.test", "is not trusted")]
    [InlineData(false, "", "another name")]
    public async Task ConnectAsync_VerifiedAndCertificateNotGood_SendsNothing(bool trusted, string name, string why)
    {
        await using TlsServer server = await TlsServer.StartAsync(TlsMode.Optional);
        ConnectFailure failure = await FailedAsync(HostOf(
            server, new DownstreamAccess { Tls = DownstreamTls.Verified, CaFile = trusted ? server.CertificateFile : "", TlsName = name }));
        Assert.Equal((DeliveryOutcome.TlsFailed, DeliveryStep.StartTls), (failure.Outcome, failure.Reached));
        Assert.Contains(why, failure.Detail, StringComparison.Ordinal);
        Assert.Equal("4.7.5", failure.ToReport(ClientTesting.Message()).Recipients[0].Status.ToString());
        Assert.Empty(server.Host.Receivers.Messages);
    }

    [Theory]
    [InlineData("/no/such/file")]
    [InlineData("/dev/null")]
    public async Task ConnectAsync_CaFileOfNoUse_SaysSo(string file)
    {
        await using TlsServer server = await TlsServer.StartAsync(TlsMode.Optional);
        ConnectFailure failure = await FailedAsync(HostOf(server, new DownstreamAccess { Tls = DownstreamTls.Verified, CaFile = file }));
        Assert.Equal(DeliveryOutcome.TlsFailed, failure.Outcome);
        Assert.Contains(file, failure.Detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/no/such/file", "", "")]
    [InlineData("/dev/null", "", "")]
    [InlineData("/", "", "")]
    [InlineData("", "/no/such/file", "/no/such/file")]
    [InlineData("", "/dev/null", "/dev/null")]
    public async Task ConnectAsync_OwnFileOfNoUseAndOpportunistic_IsEncryptedWithoutIt(string roots, string certificate, string key)
    {
        await using TlsServer server = await TlsServer.StartAsync(TlsMode.Optional);
        await using DownstreamConnection connection = await ConnectedAsync(
            HostOf(server, new DownstreamAccess { CaFile = roots, CertificateFile = certificate, KeyFile = key }));
        Assert.NotNull(connection.Tls);
        Assert.Null(connection.InClearBecause);
        Assert.Contains(roots + certificate, connection.OwnFault, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ConnectAsync_OwnFileOfNoUseAndTheHandshakeFails_DoesNotGoOnInClear()
    {
        await using ScriptedSmtpServer server = new() { Capabilities = ["PIPELINING", "STARTTLS"] };
        server.On(SmtpStep.Other, m => m.Line == "STARTTLS" ? SmtpAction.Reply("220 go").Then(SmtpAction.Drop) : null);
        ConnectFailure failure = await FailedAsync(ClientTesting.HostOf(server) with { Access = new DownstreamAccess { CaFile = "/no/such/file" } });
        Assert.Equal(DeliveryStep.StartTls, failure.Reached);
        Assert.Equal(1, server.ConnectionCount);
    }

    [Theory]
    [InlineData(DownstreamTls.Required)]
    [InlineData(DownstreamTls.Verified)]
    public async Task ConnectAsync_TlsDemandedAndNotOffered_SendsNothing(DownstreamTls mode)
    {
        await using ScriptedSmtpServer server = new();
        ConnectFailure failure = await FailedAsync(ClientTesting.HostOf(server) with { Access = new DownstreamAccess { Tls = mode } });
        Assert.Equal((DeliveryOutcome.TlsFailed, DeliveryStep.StartTls), (failure.Outcome, failure.Reached));
        Assert.DoesNotContain(server.Transcript(1), l => l.StartsWith("C: MAIL", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("454 4.7.0 not now", 1)]
    [InlineData("220 go", 2)]
    [InlineData("220 go\n250 2.0.0 smuggled", 2)]
    public async Task ConnectAsync_StartTlsFails_OpportunisticGoesOnInClearAndRequiredDoesNot(string reply, int connections)
    {
        await using ScriptedSmtpServer server = new() { Capabilities = ["PIPELINING", "STARTTLS"] };
        server.On(SmtpStep.Other, m => m.Line == "STARTTLS" ? SmtpAction.Reply(reply).Then(reply[0] == '2' ? SmtpAction.Drop : SmtpAction.Wait(Task.CompletedTask)) : null);
        await using (DownstreamConnection connection = await ConnectedAsync(ClientTesting.HostOf(server)))
        {
            DeliveryReport report = await connection.SendAsync(ClientTesting.Message("x\r\n"), Stop);
            Assert.Equal(DeliveryOutcome.Delivered, report.Recipients[0].Outcome);
            Assert.Null(report.Tls);
            Assert.NotEmpty(report.InClearBecause!);
        }

        Assert.Equal(connections, server.ConnectionCount);
        ConnectFailure failure = await FailedAsync(ClientTesting.HostOf(server) with { Access = new DownstreamAccess { Tls = DownstreamTls.Required } });
        Assert.Equal(DeliveryStep.StartTls, failure.Reached);
        Assert.True(failure.Outcome.BlamesHost());
        Assert.Single(server.Messages);
    }

    [Fact]
    public async Task SendAsync_ManyAndLargeOverOneEncryptedConnection_ArriveOctetForOctet()
    {
        await using TlsServer server = await TlsServer.StartAsync(TlsMode.Required);
        byte[] large = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Range(0, 40_000).Select(i => $".line {i} of a large message\r\n")));
        await using DownstreamPool pool = new(new DownstreamOptions(), TimeProvider.System);
        DownstreamHost host = HostOf(server, DownstreamAccess.Default);
        for (int i = 1; i <= 3; i++)
        {
            DeliveryReport report = await pool.SendAsync(host, ClientTesting.Message(large), Stop);
            Assert.Equal((DeliveryOutcome.Delivered, i), (report.Recipients[0].Outcome, report.ConnectionUse));
        }

        Assert.All(server.Host.Receivers.Messages, m => Assert.Equal(large, m.Octets));
        Assert.Equal(1, pool.IdleCount);
    }

    [Fact]
    public async Task ConnectAsync_OwnCertificate_IsShownToTheHost()
    {
        using TemporaryDirectory folder = new();
        TestCertificate.Write(folder["host.crt"], folder["host.key"], "host.test");
        string serial = TestCertificate.Write(folder["own.crt"], folder["own.key"], "own.test");
        TaskCompletionSource<IPEndPoint> ready = new();
        Task<string?> seen = ServeAsync(ready, folder["host.crt"], folder["host.key"]);
        DownstreamHost host = DownstreamHost.FromEndPoint(await ready.Task) with
        {
            Access = new DownstreamAccess { Tls = DownstreamTls.Required, CertificateFile = folder["own.crt"], KeyFile = folder["own.key"] },
        };
        await using DownstreamConnection connection = await ConnectedAsync(host);
        Assert.Equal(serial, await seen);
    }

    [Fact]
    public async Task ConnectAsync_SourceAddress_IsUsed()
    {
        await using TlsServer server = await TlsServer.StartAsync(TlsMode.Optional);
        await using DownstreamConnection connection = await ConnectedAsync(HostOf(server, new DownstreamAccess { Sources = new SourceAddresses(IPAddress.Parse("127.0.0.3"), IPAddress.IPv6Loopback) }));
        Assert.Equal("127.0.0.3", Assert.Single(server.Host.Receivers.All).Peer.Remote.Address.ToString());
        ConnectFailure failure = await FailedAsync(HostOf(server, new DownstreamAccess { Sources = new SourceAddresses(null, IPAddress.IPv6Loopback) }));
        Assert.Equal(DeliveryOutcome.NameNotFound, failure.Outcome);
    }

    internal static DownstreamHost HostOf(TlsServer server, DownstreamAccess access) =>
        DownstreamHost.FromEndPoint(server.Host.EndPoint) with { Access = access };

    internal static async Task<DownstreamConnection> ConnectedAsync(DownstreamHost host)
    {
        ConnectResult result = await DownstreamConnection.ConnectAsync(host, new DownstreamOptions(), TimeProvider.System, Stop);
        Assert.True(result.IsConnected, result.Failure?.ToString());
        return result.Connection;
    }

    internal static async Task<ConnectFailure> FailedAsync(DownstreamHost host)
    {
        ConnectResult result = await DownstreamConnection.ConnectAsync(host, new DownstreamOptions(), TimeProvider.System, Stop);
        Assert.False(result.IsConnected);
        return result.Failure;
    }

    /// <summary>A host that asks for a certificate and tells its serial number.</summary>
    private static async Task<string?> ServeAsync(TaskCompletionSource<IPEndPoint> ready, string certificateFile, string keyFile)
    {
        using Socket listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        ready.SetResult((IPEndPoint)listener.LocalEndPoint!);
        using X509Certificate2 certificate = X509Certificate2.CreateFromPemFile(certificateFile, keyFile);
        using Socket socket = await listener.AcceptAsync(Stop);
        await using NetworkStream stream = new(socket, ownsSocket: false);
        await stream.WriteAsync("220 host.test\r\n"u8.ToArray(), Stop);
        await ReadLineAsync(stream);
        await stream.WriteAsync("250-host.test\r\n250 STARTTLS\r\n"u8.ToArray(), Stop);
        await ReadLineAsync(stream);
        await stream.WriteAsync("220 go\r\n"u8.ToArray(), Stop);
        await using SslStream tls = new(stream, leaveInnerStreamOpen: true, (_, shown, _, _) => shown is not null);
        await tls.AuthenticateAsServerAsync(certificate, clientCertificateRequired: true, checkCertificateRevocation: false);
        await ReadLineAsync(tls);
        await tls.WriteAsync("250 host.test\r\n"u8.ToArray(), Stop);
        return tls.RemoteCertificate?.GetSerialNumberString();
    }

    private static async Task ReadLineAsync(Stream stream)
    {
        byte[] one = new byte[1];
        while (await stream.ReadAsync(one, Stop) == 1 && one[0] != '\n')
        {
            // On to the line's end.
        }
    }
}
