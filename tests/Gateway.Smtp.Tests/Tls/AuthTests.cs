using System.Diagnostics;
using System.Text;
using Gateway.Smtp.Server;
using Gateway.Smtp.Server.Auth;
using Gateway.Smtp.Tests.Server;
using Gateway.TestKit;
using MailKit.Net.Smtp;
using MailKit.Security;
using Microsoft.Extensions.Time.Testing;
using MimeKit;
using Xunit;

namespace Gateway.Smtp.Tests.Tls;

/// <summary>Authentication by an independent client, and what the golden conversations cannot say.</summary>
public class AuthTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public static TheoryData<string> Mechanisms => ["PLAIN", "LOGIN", "SCRAM-SHA-256"];

    [Theory]
    [MemberData(nameof(Mechanisms))]
    public async Task MailKit_WithTheRightPassword_AuthenticatesAndSends(string mechanism)
    {
        SmtpTestHost.SkipWithPackage("SCRAM is not offered", mechanism.StartsWith("SCRAM", StringComparison.Ordinal));
        await using TlsServer server = await TlsServer.StartAsync(TlsMode.Required, users: true);
        using SmtpClient client = await ConnectAsync(server, SecureSocketOptions.StartTls);
        await client.AuthenticateAsync(Mechanism(mechanism, "joe", "secret"), Stop);
        using MimeMessage message = new() { Body = new TextPart("plain") { Text = "text" } };
        message.From.Add(new MailboxAddress("a", "a@client.test"));
        message.To.Add(new MailboxAddress("b", "b@gate.test"));
        await client.SendAsync(message, Stop);
        await client.DisconnectAsync(quit: true, Stop);
        Assert.Equal("ESMTPSA", server.Host.Receivers.Messages.Single().Protocol);
        Assert.Equal([$"{mechanism} joe"], server.Host.Receivers.All.Single().Authentications);
    }

    [Theory]
    [MemberData(nameof(Mechanisms))]
    public async Task MailKit_WithTheWrongPassword_IsRefused(string mechanism)
    {
        SmtpTestHost.SkipWithPackage("SCRAM is not offered", mechanism.StartsWith("SCRAM", StringComparison.Ordinal));
        await using TlsServer server = await TlsServer.StartAsync(TlsMode.Implicit, new SessionLimits { AuthFailureDelay = TimeSpan.Zero }, users: true);
        using SmtpClient client = await ConnectAsync(server, SecureSocketOptions.SslOnConnect);
        await Assert.ThrowsAsync<AuthenticationException>(() => client.AuthenticateAsync(Mechanism(mechanism, "joe", "Secret"), Stop));
        await Assert.ThrowsAsync<AuthenticationException>(() => client.AuthenticateAsync(Mechanism(mechanism, "nobody", "secret"), Stop));
        Assert.Equal([$"{mechanism} -", $"{mechanism} -"], server.Host.Receivers.All.Single().Authentications);
    }

    [Fact]
    public async Task Failure_BeforeItIsAnswered_WaitsLongerEachTime()
    {
        FakeTimeProvider time = new();
        await using TlsServer server = await TlsServer.StartAsync(TlsMode.Implicit, time: time, users: true);
        await using ScriptedSmtpClient client = await server.Host.ConnectAsync();
        await client.SecureAsync("gate.test", Stop);
        await client.ReadReplyAsync(Stop);
        await client.SayAsync("EHLO client.test", Stop);
        foreach (int seconds in new[] { 1, 2 })
        {
            Task<string?> reply = client.SayAsync("AUTH PLAIN " + Convert.ToBase64String("\0joe\0wrong"u8), Stop);
            int waited = 0;
            while (!reply.IsCompleted)
            {
                await Task.WhenAny(reply, Task.Delay(100, Stop));
                if (!reply.IsCompleted)
                {
                    time.Advance(TimeSpan.FromSeconds(0.5));
                    waited++;
                }
            }

            Assert.True(waited >= seconds * 2, $"{waited} half seconds");
            Assert.StartsWith("535", await reply, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Users_Changed_AreTakenUpWithoutARestart()
    {
        SmtpTestHost.SkipWithPackage("SCRAM is not offered");
        FakeTimeProvider time = new();
        await using TlsServer server = await TlsServer.StartAsync(TlsMode.Implicit, time: time, users: true);
        server.WriteUser("joe", "renewed");
        time.Advance(TimeSpan.FromSeconds(11));
        using SmtpClient client = await ConnectAsync(server, SecureSocketOptions.SslOnConnect);
        await client.AuthenticateAsync(Mechanism("SCRAM-SHA-256", "joe", "renewed"), Stop);
        Assert.True(client.IsAuthenticated);
    }

    [Fact]
    public async Task Users_FileBecomesEmpty_StayUntilItHasAWord()
    {
        await using TlsServer server = await TlsServer.StartAsync(TlsMode.Implicit, users: true);
        server.WriteUsers("\n");
        Assert.Contains("is empty", server.Users!.Reload()?.Message, StringComparison.Ordinal);
        Assert.True(server.Users.Current.Find("joe", out bool exists).Verify("secret") && exists);
        server.WriteUsers("# nobody\n");
        Assert.Null(server.Users.Reload());
        Assert.Empty(server.Users.Current.Names);
    }

    [Fact]
    public void UnknownUser_AskedTwice_HasTheSameSaltAndNoPassword()
    {
        string text = $"*:{new string('A', 44)}\njoe:{ScramCredentials.Create("secret", 8192)}\n";
        UserList one = UserList.Parse("users", text);
        UserList other = UserList.Parse("users", text);
        ScramCredentials first = one.Find("nobody", out bool exists);
        Assert.False(exists);
        Assert.Equal(first.Salt, other.Find("NOBODY", out _).Salt);
        Assert.NotEqual(first.Salt, one.Find("nobody2", out _).Salt);
        Assert.Equal(8192, first.Iterations);
        Assert.Equal(one.Find("joe", out _).Salt.Length, first.Salt.Length);
        Assert.False(first.Verify("secret"));
        Assert.True(one.Find("Joe", out exists).Verify("secret"));
        Assert.True(exists);
    }

    [Theory]
    [InlineData("joe")]
    [InlineData("joe:secret")]
    [InlineData("joe:SCRAM-SHA-256$1:QUFBQUFBQUE=$AAAA:AAAA")]
    [InlineData("a b:SCRAM-SHA-256$4096:QUFBQUFBQUE=$AAAA:AAAA")]
    [InlineData("*:short")]
    public void UsersFile_WithABadLine_NamesTheLineAndNotItsContent(string line)
    {
        FormatException fault = Assert.Throws<FormatException>(() => UserList.Parse("users", "# comment\n\n" + line));
        Assert.StartsWith("users:3:", fault.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("pass\u00A0word", "pass word")]
    [InlineData("I\u00ADX", "IX")]
    [InlineData("5\u00B5m\u00B2", "5\u03BCm2")]
    [InlineData("pa\u0308ss", "p\u00E4ss")]
    [InlineData("\uFF11\uFF12x", "12x")]
    [InlineData("\u20AC\u2026\u2122", "\u20AC...TM")]
    [InlineData("\u1112\u1161\u11AB", "\uD55C")]
    [InlineData("\u0007", null)]
    [InlineData("", null)]
    [InlineData("\uE000", null)]
    public void SaslPrep_OfText_MapsAndProhibits(string text, string? expected) => Assert.Equal(expected, SaslPrep.Prepare(text));

    [Fact]
    public void Credentials_WrittenAndRead_AreTheSame()
    {
        // RFC 7677 section 3.
        byte[] salt = Convert.FromBase64String("W22ZaJ0SNY7soEsUEjb6gQ==");
        ScramCredentials made = ScramCredentials.Create("pencil", 4096);
        Assert.True(ScramCredentials.TryParse(made.ToString(), out ScramCredentials read));
        Assert.Equal(made.ToString(), read.ToString());
        ScramCredentials example = new(4096, salt, [], []);
        Assert.False(example.Verify("pencil"));
        Assert.True(read.Verify("pencil"));
        Assert.False(read.Verify("pencil2"));
    }

    private static SaslMechanism Mechanism(string name, string user, string password) => name switch
    {
        "PLAIN" => new SaslMechanismPlain(Encoding.UTF8, user, password),
        "LOGIN" => new SaslMechanismLogin(Encoding.UTF8, user, password),
        "SCRAM-SHA-256" => new SaslMechanismScramSha256(user, password),
        _ => throw new UnreachableException(),
    };

    private static async Task<SmtpClient> ConnectAsync(TlsServer server, SecureSocketOptions options)
    {
        SmtpClient client = new() { CheckCertificateRevocation = false };
#pragma warning disable CA5359 // The certificate is the test's own.
        client.ServerCertificateValidationCallback = static (_, _, _, _) => true;
#pragma warning restore CA5359
        await client.ConnectAsync("127.0.0.1", server.Host.EndPoint.Port, options, Stop);
        return client;
    }
}
