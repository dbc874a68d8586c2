using System.Diagnostics;
using System.Text;
using Gateway.Smtp.Server;
using Gateway.Smtp.Server.Auth;
using Gateway.TestKit;
using Xunit;

namespace Gateway.Smtp.Tests.Tls;

/// <summary>Hashes of other sites: made by their tools, checked here.</summary>
public sealed class CryptHashTests
{
    // Made by openssl passwd -6, openssl passwd -5 and libxcrypt; the password is "secret".
    private const string Sha512 = "$6$abcdefgh$ltjgWl6579NluT/Vi1nwEvcil.G5Nbc4NiXZaNGStk8PSwGfQv72N2CKPPrVACtLtip/cZ/1GM/O6IND4WQhG.";
    private const string Sha256 = "$5$rounds=5000$abcdefgh$gruCpC7VkOTspMQTTSAR8mtlO9Upms.fwqE5y16JVM.";
    private const string Bcrypt = "$2y$10$abcdefghijklmnopqrstuuqflPDzB6gcMhKa1rZqKiun2YGL5sa2u";

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(Sha512)]
    [InlineData(Sha256)]
    [InlineData(Bcrypt)]
    [InlineData("{SHA512-CRYPT}" + Sha512)]
    [InlineData("{sha256-crypt}" + Sha256)]
    [InlineData("{BLF-CRYPT}" + Bcrypt)]
    [InlineData("{CRYPT}" + Sha512)]
    public void Verify_HashOfAnotherSite_FitsItsPasswordOnly(string text)
    {
        Assert.True(CryptHash.TryParse(text, out CryptHash hash));
        Assert.True(hash.Verify("secret"));
        Assert.False(hash.Verify("Secret"));
        Assert.False(hash.Verify(string.Empty));
        Assert.False(hash.Verify("secret\0"));
        Assert.False(hash.Verify("secret\0more"));
        Assert.False(hash.Verify(new string('x', 5000)));
    }

    [Theory]
    [InlineData("{SHA256-CRYPT}" + Sha512)]
    [InlineData("{PLAIN}secret")]
    [InlineData("{SSHA}" + Sha512)]
    [InlineData("$1$abcdefgh$ltjgWl6579NluT/Vi1nwEv")]
    [InlineData("$apr1$abcdefgh$ltjgWl6579NluT/Vi1nwEv")]
    [InlineData("$6$abcdefgh$short")]
    [InlineData(Sha512 + ".")]
    [InlineData(Sha512 + "\n")]
    [InlineData("!" + Sha512)]
    [InlineData("$2y$15$abcdefghijklmnopqrstuuqflPDzB6gcMhKa1rZqKiun2YGL5sa2u")]
    [InlineData("$2y$31$abcdefghijklmnopqrstuuqflPDzB6gcMhKa1rZqKiun2YGL5sa2u")]
    [InlineData("$5$rounds=9999999$abcdefgh$gruCpC7VkOTspMQTTSAR8mtlO9Upms.fwqE5y16JVM.")]
    [InlineData("$5$rounds=99999999$abcdefgh$gruCpC7VkOTspMQTTSAR8mtlO9Upms.fwqE5y16JVM.")]
    public void TryParse_OtherFormsAndTooMuchComputing_AreRefused(string text)
    {
        Assert.False(CryptHash.TryParse(text, out _));
        FormatException fault = Assert.Throws<FormatException>(() => UserList.Parse("users", "# ours\njoe:" + text.Replace("\n", "\nann:", StringComparison.Ordinal)));
        Assert.DoesNotContain("abcdefgh", fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("-6", "\u00FCn\u00EFc\u00F6de \u20AC")]
    [InlineData("-5", "pa\u0308ss")]
    [InlineData("-6", "secret")]
    public async Task Verify_HashMadeByOpenssl_Fits(string form, string password)
    {
        using Process process = Process.Start(new ProcessStartInfo("openssl", ["passwd", form, "-stdin"]) { UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true })!;
        await process.StandardInput.BaseStream.WriteAsync(Encoding.UTF8.GetBytes(password + "\n"), Stop);
        process.StandardInput.Close();
        string text = (await process.StandardOutput.ReadToEndAsync(Stop)).Trim();
        await process.WaitForExitAsync(Stop);
        Assert.True(CryptHash.TryParse(text, out CryptHash hash), text);
        Assert.True(hash.Verify(password));
        Assert.False(hash.Verify(password + "x"));
    }

    [Fact]
    public async Task Auth_UserWithAHash_ByPlainAndLogin_ScramIsNotOfferedAndFails()
    {
        await using TlsServer server = await TlsServer.StartAsync(TlsMode.Implicit, new SessionLimits { AuthFailureDelay = TimeSpan.Zero, AuthFailures = 100 }, users: true);
        Assert.Contains("AUTH SCRAM-SHA-256 PLAIN LOGIN", await OfferAsync(server), StringComparison.Ordinal);
        server.WriteUsers($"joe:{ScramCredentials.Create("secret", 4096)}\nann:{{SHA512-CRYPT}}{Sha512}\n");
        Assert.Null(server.Users!.Reload());
        string offer = await OfferAsync(server);
        Assert.Contains("AUTH PLAIN LOGIN", offer, StringComparison.Ordinal);
        Assert.DoesNotContain("SCRAM", offer, StringComparison.Ordinal);

        foreach ((string user, string password, string code) in new[] { ("ann", "secret", "235"), ("ANN", "secret", "235"), ("ann", "wrong", "535"), ("joe", "secret", "235"), ("nobody", "secret", "535") })
        {
            await using ScriptedSmtpClient client = await SecureAsync(server);
            Assert.StartsWith(code, await client.SayAsync("AUTH PLAIN " + Convert.ToBase64String(Encoding.UTF8.GetBytes($"\0{user}\0{password}")), Stop), StringComparison.Ordinal);
        }

        await using ScriptedSmtpClient login = await SecureAsync(server);
        await login.SayAsync("AUTH LOGIN", Stop);
        await login.SayAsync(Convert.ToBase64String("ann"u8), Stop);
        // A NUL ends a password for crypt(3); it must not for us.
        Assert.StartsWith("535", await login.SayAsync(Convert.ToBase64String("secret\0x"u8), Stop), StringComparison.Ordinal);
        await login.SayAsync("AUTH LOGIN", Stop);
        await login.SayAsync(Convert.ToBase64String("ann"u8), Stop);
        Assert.StartsWith("235", await login.SayAsync(Convert.ToBase64String("secret"u8), Stop), StringComparison.Ordinal);

        // To SCRAM the user looks like one that does not exist.
        server.Users.Current.Find("ann", out bool exists);
        Assert.False(exists);
    }

    [Fact]
    public void Verify_UnknownUser_ChecksTheHashOfOneThatExists()
    {
        UserList users = UserList.Parse("users", $"*:{new string('A', 44)}\nann:{Sha512}\njoe:{ScramCredentials.Create("secret", 4096)}\n");
        Assert.True(users.HasHashes);
        SaslPassword password = new("secret", "secret", "secret");
        Assert.True(users.Verify("ann", password) && users.Verify("joe", password));
        // Whichever is checked in vain, it fits and is of no use.
        Assert.All(Enumerable.Range(0, 20), i => Assert.False(users.Verify($"nobody{i}", password)));
    }

    private static async Task<string> OfferAsync(TlsServer server)
    {
        await using ScriptedSmtpClient client = await server.Host.ConnectAsync();
        await client.SecureAsync("gate.test", Stop);
        await client.ReadReplyAsync(Stop);
        return (await client.SayAsync("EHLO client.test", Stop))!;
    }

    private static async Task<ScriptedSmtpClient> SecureAsync(TlsServer server)
    {
        ScriptedSmtpClient client = await server.Host.ConnectAsync();
        await client.SecureAsync("gate.test", Stop);
        await client.ReadReplyAsync(Stop);
        await client.SayAsync("EHLO client.test", Stop);
        return client;
    }
}
