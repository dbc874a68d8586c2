using System.Net;
using System.Security.Cryptography;
using Gateway.Configuration;
using Gateway.Hosting;
using Gateway.Smtp.Server;
using Gateway.Smtp.Transport;
using Gateway.TestKit;
using Gateway.Tests.Configuration;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Gateway.Tests.Hosting;

/// <summary>Every file that a start reads, in every state: the check of a configuration and the start say the same in the same words.</summary>
public sealed class FileCheckTests : IDisposable
{
    private static readonly string[] States = ["right", "missing", "empty", "half", "foreign", "folder", "encrypted"];

    private readonly TemporaryFolder _folder = new();

    /// <summary>Each file that a start reads, in each state.</summary>
    public static TheoryData<string, string> Table() => new MatrixTheoryData<string, string>(["first.crt", "first.key", "second.crt", "second.key", "users"], States);

    [Theory]
    [MemberData(nameof(Table))]
    public void Find_FileOfAStart_SaysWhatTheStartSays(string file, string state)
    {
        WriteAll();
        Spoil(Path.Combine(_folder.Path, file), state);
        GatewayOptions options = Options();
        ConfigurationProblem[] found = [.. FileChecks.Find(options, DateTimeOffset.UtcNow)];

        string? refused = null;
        string[] faults = [];
        try
        {
            using HostSecrets secrets = HostSecrets.Open([ListenerOf(options)], options.Auth.UsersFile, NullLogger.Instance, TimeProvider.System);
            faults = [.. secrets.Faults];
        }
        catch (IOException e)
        {
            refused = e.Message;
        }

        Assert.Equal(refused, found.FirstOrDefault(p => !p.IsWarning)?.Message);
        Assert.Equal(faults.Select(f => f + "; the listener starts without it"), found.Where(p => p.IsWarning).Select(p => p.Message));
        // An empty users file has no users, which is what a first `user remove` leaves.
        bool isGood = state == "right" || (file == "users" && state is "empty");
        Assert.Equal(isGood, refused is null && faults.Length == 0);
    }

    [Theory]
    [InlineData(-1, "has expired")]
    [InlineData(13, "ends")]
    [InlineData(20, null)]
    public void Find_CertificateNearItsEnd_IsAWarning(int daysLeft, string? expected)
    {
        WriteAll();
        // Certificates of the tests last for 30 days.
        ConfigurationProblem? found = FileChecks.Find(Options(), DateTimeOffset.UtcNow.AddDays(30 - daysLeft)).FirstOrDefault();
        Assert.Equal(expected is null, found is null);
        Assert.True(found is null || (found.IsWarning && found.Message.Contains(expected!, StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("opportunistic", "is encrypted without it")]
    [InlineData("required", "waits until it can be used")]
    [InlineData("verified", "waits until it can be used")]
    public void OfRoutes_FileThatCannotBeUsed_SaysWhatBecomesOfTheMail(string mode, string expected)
    {
        foreach (string content in new[] { "", "-----BEGIN CERTIFICATE-----\nAAAA" })
        {
            string file = _folder.Write("roots", content);
            GatewayOptions options = PolicyConfigurationTests.Load([$"Relay:DefaultRoute:Tls:Mode={mode}", $"Relay:DefaultRoute:Tls:CaFile={file}"]).Options!;
            ConfigurationProblem found = Assert.Single(FileChecks.OfRoutes(options.Relay, DateTimeOffset.UtcNow));
            Assert.True(found.IsWarning);
            Assert.EndsWith(expected, found.Message, StringComparison.Ordinal);
        }
    }

    public void Dispose() => _folder.Dispose();

    private void WriteAll()
    {
        TestCertificate.Write(Path.Combine(_folder.Path, "first.crt"), Path.Combine(_folder.Path, "first.key"), "first.test");
        TestCertificate.Write(Path.Combine(_folder.Path, "second.crt"), Path.Combine(_folder.Path, "second.key"), "second.test");
        _folder.Write("users", "");
    }

    private void Spoil(string path, string state)
    {
        string text = File.ReadAllText(path);
        if (state is "missing" or "folder")
        {
            File.Delete(path);
        }

        switch (state)
        {
            case "empty":
                File.WriteAllText(path, "");
                break;
            case "half":
                File.WriteAllText(path, text.Length == 0 ? "joe:SCRAM-SHA" : text[..(text.Length / 2)]);
                break;
            case "foreign":
                File.WriteAllText(path, "something else\n");
                break;
            case "encrypted":
                using (ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256))
                {
                    File.WriteAllText(path, key.ExportEncryptedPkcs8PrivateKeyPem("x", new PbeParameters(PbeEncryptionAlgorithm.Aes128Cbc, HashAlgorithmName.SHA256, 1000)));
                }

                break;
            case "folder":
                Directory.CreateDirectory(path);
                break;
            default:
                break;
        }
    }

    private GatewayOptions Options() => PolicyConfigurationTests.Load(
    [
        "Listeners:0:Endpoint=127.0.0.1:2525", "Listeners:0:Tls:Mode=optional", $"Auth:UsersFile={Path.Combine(_folder.Path, "users")}",
        $"Listeners:0:Tls:Certificates:0:CertificateFile={Path.Combine(_folder.Path, "first.crt")}",
        $"Listeners:0:Tls:Certificates:0:KeyFile={Path.Combine(_folder.Path, "first.key")}",
        $"Listeners:0:Tls:Certificates:1:CertificateFile={Path.Combine(_folder.Path, "second.crt")}",
        $"Listeners:0:Tls:Certificates:1:KeyFile={Path.Combine(_folder.Path, "second.key")}",
    ]).Options!;

    private static ListenerSettings ListenerOf(GatewayOptions options) => new(new IPEndPoint(IPAddress.Loopback, 0))
    {
        Mode = TlsMode.Optional,
        Certificates = [.. options.Listeners[0].Tls.Certificates.Select(c => new CertificateFiles(c.CertificateFile, c.KeyFile))],
    };
}
