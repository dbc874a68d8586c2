using System.Net.Sockets;
using Gateway.Smtp.Client;
using Gateway.Smtp.Protocol;
using Gateway.Smtp.Server;
using Gateway.Smtp.Tests.Tls;
using Gateway.TestKit;
using Xunit;

namespace Gateway.Smtp.Tests.Client;

/// <summary>AUTH towards the hosts behind, against our own receiving side.</summary>
public sealed class ClientAuthenticationTests : IDisposable
{
    private readonly TemporaryDirectory _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(AuthMechanisms.ScramSha256)]
    [InlineData(AuthMechanisms.Plain)]
    [InlineData(AuthMechanisms.Login)]
    public async Task RunAsync_RightAndWrongPassword_ByEachMechanism(AuthMechanisms mechanism)
    {
        await using TlsServer server = await TlsServer.StartAsync(TlsMode.Optional, users: true);
        Assert.Null(await AuthenticateAsync(server, mechanism, "secret\n"));
        AuthFault? wrong = await AuthenticateAsync(server, mechanism, "Secret\n");
        Assert.Equal(535, wrong?.Reply?.Code);
    }

    [Theory]
    [InlineData(AuthMechanisms.ScramSha256, "5\u03BCm2")]
    [InlineData(AuthMechanisms.Plain, "5\u03BCm2")]
    [InlineData(AuthMechanisms.Login, "5\u03BCm2")]
    [InlineData(AuthMechanisms.Plain, "5\u00B5m\u00B2")]
    [InlineData(AuthMechanisms.Login, "5\u00B5m\u00B2")]
    public async Task RunAsync_PasswordInAnotherForm_FitsWhatIsStoredNowAndWhatWasStoredBefore(AuthMechanisms mechanism, string stored)
    {
        await using TlsServer server = await TlsServer.StartAsync(TlsMode.Optional, users: true);
        server.WriteUser("joe", stored);
        server.Users!.Reload();
        Assert.Null(await AuthenticateAsync(server, mechanism, "5\u00B5m\u00B2\n"));
        Assert.Equal(535, (await AuthenticateAsync(server, mechanism, "5\u00B5m\u00B3\n"))?.Reply?.Code);
    }

    [Fact]
    public async Task ConnectAsync_UserOfTheRoute_IsAuthenticatedAndMailPasses()
    {
        await using TlsServer server = await TlsServer.StartAsync(TlsMode.Required, users: true);
        DownstreamAccess access = Access("secret");
        await using DownstreamConnection connection = await DownstreamTlsTests.ConnectedAsync(DownstreamTlsTests.HostOf(server, access));
        Assert.Equal(AuthMechanisms.Plain | AuthMechanisms.Login | AuthMechanisms.ScramSha256, connection.Capabilities.Mechanisms);
        DeliveryReport report = await connection.SendAsync(ClientTesting.Message(), TestContext.Current.CancellationToken);
        Assert.Equal(DeliveryOutcome.Delivered, report.Recipients[0].Outcome);
    }

    [Fact]
    public async Task ConnectAsync_WrongPassword_FailsForNowAndTellsNothingOfIt()
    {
        await using TlsServer server = await TlsServer.StartAsync(TlsMode.Required, users: true);
        ConnectFailure failure = await DownstreamTlsTests.FailedAsync(DownstreamTlsTests.HostOf(server, Access("not-the-one")));
        Assert.Equal((DeliveryOutcome.AuthFailed, DeliveryStep.Authenticate), (failure.Outcome, failure.Reached));
        Assert.Equal(535, failure.Reply?.Code);
        Assert.True(failure.Outcome.IsTransient());
        Assert.DoesNotContain("not-the-one", failure.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task ConnectAsync_NoFileOrNoMechanism_SaysSo()
    {
        await using TlsServer server = await TlsServer.StartAsync(TlsMode.Required, users: true);
        ConnectFailure noFile = await DownstreamTlsTests.FailedAsync(
            DownstreamTlsTests.HostOf(server, Access("x") with { PasswordFile = "/no/such/file" }));
        Assert.Equal(DeliveryOutcome.AuthFailed, noFile.Outcome);
        Assert.Contains("/no/such/file", noFile.Detail, StringComparison.Ordinal);
        await using TlsServer without = await TlsServer.StartAsync(TlsMode.Required);
        ConnectFailure none = await DownstreamTlsTests.FailedAsync(DownstreamTlsTests.HostOf(without, Access("x")));
        Assert.Contains("none of SCRAM-SHA-256, PLAIN, LOGIN", none.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ConnectAsync_LinkInClear_SaysNothingOfThePassword()
    {
        await using ScriptedSmtpServer server = new() { Capabilities = ["AUTH PLAIN LOGIN"] };
        ConnectFailure failure = await DownstreamTlsTests.FailedAsync(
            ClientTesting.HostOf(server) with { Access = Access("secret") with { Tls = DownstreamTls.None } });
        Assert.Equal(DeliveryOutcome.AuthFailed, failure.Outcome);
        Assert.DoesNotContain(server.Transcript(1), l => l.StartsWith("C: AUTH", StringComparison.Ordinal));
    }

    private DownstreamAccess Access(string password)
    {
        File.WriteAllText(_folder["password"], password);
        return new DownstreamAccess { Tls = DownstreamTls.Required, User = "joe", PasswordFile = _folder["password"] };
    }

    private async Task<AuthFault?> AuthenticateAsync(TlsServer server, AuthMechanisms mechanism, string password)
    {
        TimeSpan limit = TimeSpan.FromMinutes(1);
        Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(server.Host.EndPoint, TestContext.Current.CancellationToken);
        using DownstreamLink link = new(socket, TimeProvider.System);
        DownstreamAccess access = Access(password);
        await link.ReadReplyAsync(limit);
        await SayAsync("EHLO c.test\r\n"u8.ToArray());
        await SayAsync("STARTTLS\r\n"u8.ToArray());
        using DownstreamSecurity security = new(DownstreamTlsTests.HostOf(server, access));
        Assert.True(await link.SecureAsync(security, limit), link.Detail);
        await SayAsync("EHLO c.test\r\n"u8.ToArray());
        return await new ClientAuthentication(link, access, limit, new RefusedMechanisms(TimeProvider.System)).RunAsync(mechanism);

        async Task<SmtpReply?> SayAsync(byte[] line)
        {
            await link.WriteAsync(line, limit, stopAtInput: false);
            return await link.ReadReplyAsync(limit);
        }
    }
}
