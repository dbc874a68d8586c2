using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Gateway.TestKit;

/// <summary>Makes certificates in memory and writes them as PEM files.</summary>
public static class TestCertificate
{
    /// <summary>Writes a self-signed certificate for some names with its key.</summary>
    /// <param name="certificateFile">Where the certificate goes.</param>
    /// <param name="keyFile">Where the key goes.</param>
    /// <param name="names">DNS names; the first one is the subject too.</param>
    /// <returns>The serial number, in hexadecimal.</returns>
    public static string Write(string certificateFile, string keyFile, params string[] names)
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = new($"CN={names[0]}", key, HashAlgorithmName.SHA256);
        SubjectAlternativeNameBuilder alternatives = new();
        foreach (string name in names)
        {
            alternatives.AddDnsName(name);
        }

        request.CertificateExtensions.Add(alternatives.Build());
        DateTimeOffset now = DateTimeOffset.UtcNow;
        using X509Certificate2 certificate = request.CreateSelfSigned(now.AddDays(-1), now.AddDays(30));
        File.WriteAllText(certificateFile, certificate.ExportCertificatePem());
        File.WriteAllText(keyFile, key.ExportPkcs8PrivateKeyPem());
        return certificate.SerialNumber;
    }
}
