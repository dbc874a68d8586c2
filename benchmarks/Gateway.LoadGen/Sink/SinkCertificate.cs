using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Gateway.LoadGen.Sink;

/// <summary>A certificate that nobody trusts.</summary>
internal static class SinkCertificate
{
    /// <summary>Makes one for a day.</summary>
    public static X509Certificate2 Make()
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = new("CN=sink.loadgen.example", key, HashAlgorithmName.SHA256);
        return request.CreateSelfSigned(DateTimeOffset.UtcNow.AddHours(-1), DateTimeOffset.UtcNow.AddDays(1));
    }
}
