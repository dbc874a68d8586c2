using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Gateway.Smtp.Transport;

/// <summary>Where one certificate is.</summary>
/// <param name="CertificateFile">PEM: the server's certificate first, then the intermediate ones of its chain.</param>
/// <param name="KeyFile">PEM: the unencrypted private key.</param>
public sealed record CertificateFiles(string CertificateFile, string KeyFile);

/// <summary>One certificate with its key, ready for handshakes.</summary>
/// <remarks>
/// Promises: the certificate context is built once and reused, with the chain as the file gives it; nothing is fetched from the network.
/// Threads: immutable.
/// </remarks>
public sealed class CertificatePair
{
    private CertificatePair(X509Certificate2? leaf, SslServerAuthenticationOptions? options)
    {
        Leaf = leaf;
        Options = options;
        Names = leaf is null ? [] : NamesOf(leaf);
    }

    /// <summary>The server's certificate; null for a pair that never could be used.</summary>
    public X509Certificate2? Leaf { get; }

    /// <summary>The options of a handshake with it; null for a pair that never could be used.</summary>
    internal SslServerAuthenticationOptions? Options { get; }

    /// <summary>The DNS names it is for, patterns such as <c>*.example.org</c> among them.</summary>
    internal IReadOnlyList<string> Names { get; }

    /// <summary>A pair that never could be used.</summary>
    internal static CertificatePair Missing { get; } = new(null, null);

    /// <summary>Reads a pair as the start of a listener does.</summary>
    /// <exception cref="IOException">A file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">A file may not be read, or is a folder.</exception>
    /// <exception cref="CryptographicException">A file holds no certificate or key, or they do not belong together.</exception>
    public static CertificatePair Read(CertificateFiles files)
    {
        ArgumentNullException.ThrowIfNull(files);
        return Make(files, WatchedFiles<CertificatePair>.ReadAll(PathsOf(files)));
    }

    /// <summary>The paths in the order in which <see cref="Make"/> wants their contents.</summary>
    internal static IReadOnlyList<string> PathsOf(CertificateFiles files) => [files.CertificateFile, files.KeyFile];

    /// <summary>Makes a pair of the contents of its files.</summary>
    internal static CertificatePair Make(CertificateFiles files, IReadOnlyList<byte[]> contents)
    {
        string chain = Encoding.Latin1.GetString(contents[0]);
        string key = Encoding.Latin1.GetString(contents[1]);
        try
        {
            X509Certificate2Collection all = [];
            all.ImportFromPem(chain);
            X509Certificate2 leaf = X509Certificate2.CreateFromPem(chain, key);
            if (all.Count > 0)
            {
                all.RemoveAt(0);
            }

            return new CertificatePair(leaf, OptionsFor(SslStreamCertificateContext.Create(leaf, all, offline: true)));
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            throw new CryptographicException($"'{files.CertificateFile}' with key '{files.KeyFile}': {e.Message}", e);
        }
    }

    private static SslServerAuthenticationOptions OptionsFor(SslStreamCertificateContext context) => new()
    {
        ServerCertificateContext = context,
        ClientCertificateRequired = false,
        AllowRenegotiation = false,
#pragma warning disable CA5398 // The floor is ours to promise (RFC 8996 forbids what is older); the system's policy may allow less.
        EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
#pragma warning restore CA5398
    };

    private static string[] NamesOf(X509Certificate2 leaf)
    {
        X509SubjectAlternativeNameExtension? names = leaf.Extensions.OfType<X509SubjectAlternativeNameExtension>().FirstOrDefault();
        string[] dns = names is null ? [] : [.. names.EnumerateDnsNames()];
        return dns.Length > 0 ? dns : [leaf.GetNameInfo(X509NameType.DnsName, forIssuer: false)];
    }
}
