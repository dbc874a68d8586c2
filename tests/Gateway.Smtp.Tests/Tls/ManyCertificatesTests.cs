using System.Globalization;
using Gateway.Smtp.Server;
using Gateway.Smtp.Tests.Server;
using Gateway.Smtp.Transport;
using Gateway.TestKit;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Gateway.Smtp.Tests.Tls;

/// <summary>Many certificates on one listener, each broken and mended in turn while clients come for all of them.</summary>
/// <remarks>8 in the suite; <c>eng/certificates.sh</c> runs it with 50.</remarks>
public sealed class ManyCertificatesTests : IDisposable
{
    private static readonly int Count = int.Parse(Environment.GetEnvironmentVariable("GATEWAY_CERTIFICATES") ?? "8", CultureInfo.InvariantCulture);

    // The watch has a clock of its own: advancing it must not cut the handshakes that are under way.
    private readonly FakeTimeProvider _watch = new();
    private readonly TemporaryDirectory _folder = new();
    private readonly string[] _serials = new string[Count];

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Watch_EachPairBrokenAndMendedInTurn_TheOthersAreRenewedInOnePeriodAndNoHandshakeFails()
    {
        for (int i = 0; i < Count; i++)
        {
            Renew(i);
        }

        using ServerCertificates certificates = new([.. Enumerable.Range(0, Count).Select(i => new CertificateFiles(_folder[$"{i}.crt"], _folder[$"{i}.key"]))], _watch);
        await using SmtpTestHost host = await SmtpTestHost.StartAsync(null, new SessionLimits { Connections = 10_000 }, null, tls: new ListenerTls(TlsMode.Implicit, certificates));
        using CancellationTokenSource done = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        Task<int>[] clients = [.. Enumerable.Range(0, 2).Select(n => ComeAsync(host, n, done.Token))];
        for (int broken = 0; broken < Count; broken++)
        {
            string kept = _serials[broken];
            Break(broken);
            for (int i = 0; i < Count; i++)
            {
                if (i != broken)
                {
                    Renew(i);
                }
            }

            _watch.Advance(WatchedFiles<CertificatePair>.Period);
            Assert.Equal(_folder[$"{broken}.crt"], Assert.Single(certificates.Faults).Files.CertificateFile);
            for (int i = 0; i < Count; i++)
            {
                Assert.Equal(i == broken ? kept : _serials[i], await SerialAsync(host, i));
            }

            Renew(broken);
            _watch.Advance(WatchedFiles<CertificatePair>.Period);
            Assert.Empty(certificates.Faults);
            Assert.Equal(_serials[broken], await SerialAsync(host, broken));
        }

        await done.CancelAsync();
        int[] handshakes = await Task.WhenAll(clients);
        Assert.All(handshakes, h => Assert.True(h > 0));
        TestContext.Current.TestOutputHelper?.WriteLine($"{Count} certificates, {Count * (Count + 1)} handshakes in turn, {handshakes.Sum()} beside them, 0 failed");
    }

    public void Dispose() => _folder.Dispose();

    private void Renew(int i) => _serials[i] = TestCertificate.Write(_folder[$"{i}.crt"], _folder[$"{i}.key"], $"host{i}.test");

    // The ways of renewals that go wrong, in turn: the key gone, the key of another, half a certificate, nothing, another certificate without its key.
    private void Break(int i)
    {
        switch (i % 5)
        {
            case 0:
                File.Delete(_folder[$"{i}.key"]);
                break;
            case 1:
                File.Copy(_folder[$"{(i + 1) % Count}.key"], _folder[$"{i}.key"], overwrite: true);
                break;
            case 2:
                string text = File.ReadAllText(_folder[$"{i}.crt"]);
                File.WriteAllText(_folder[$"{i}.crt"], text[..(text.Length / 2)]);
                break;
            case 3:
                File.WriteAllText(_folder[$"{i}.crt"], string.Empty);
                break;
            default:
                TestCertificate.Write(_folder[$"{i}.crt"], _folder["unused.key"], $"host{i}.test");
                break;
        }
    }

    private static async Task<int> ComeAsync(SmtpTestHost host, int first, CancellationToken ct)
    {
        int handshakes = 0;
        for (int i = first; !ct.IsCancellationRequested; i++)
        {
            await SerialAsync(host, i % Count);
            handshakes++;
        }

        return handshakes;
    }

    private static async Task<string> SerialAsync(SmtpTestHost host, int i)
    {
        await using ScriptedSmtpClient client = await host.ConnectAsync();
        await client.SecureAsync($"host{i.ToString(CultureInfo.InvariantCulture)}.test", Stop);
        Assert.StartsWith("220", await client.ReadReplyAsync(Stop), StringComparison.Ordinal);
        return client.Tls!.RemoteCertificate!.GetSerialNumberString();
    }
}
