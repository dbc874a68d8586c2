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

/// <summary>The certificates of a listener, chosen by the name the client asks for (SNI).</summary>
/// <remarks>
/// The first certificate is the default: for clients that ask for no name (most mail servers) or for one that we do not have.
/// RFC 6066 section 3 allows to refuse an unknown name, but opportunistic mail clients do not check names, and refusing
/// would make them send in clear.
/// Promises: the certificate contexts are built once and reused, with the chain as the file gives it; nothing is fetched from the network.
/// Threads: immutable.
/// </remarks>
public sealed class ServerCertificates
{
    private readonly Dictionary<string, SslServerAuthenticationOptions> _names = new(StringComparer.OrdinalIgnoreCase);
    private readonly SslServerAuthenticationOptions _default;

    private ServerCertificates(IReadOnlyList<X509Certificate2> leaves, IReadOnlyList<SslServerAuthenticationOptions> options)
    {
        Leaves = leaves;
        _default = options[0];
        for (int i = 0; i < leaves.Count; i++)
        {
            foreach (string name in NamesOf(leaves[i]))
            {
                // The first one that has a name keeps it.
                _names.TryAdd(name, options[i]);
            }
        }
    }

    /// <summary>The servers' certificates in the order of the configuration.</summary>
    public IReadOnlyList<X509Certificate2> Leaves { get; }

    /// <summary>When the first of them ends.</summary>
    public DateTimeOffset EarliestEnd => Leaves.Min(l => (DateTimeOffset)l.NotAfter.ToUniversalTime());

    /// <summary>Makes the set and begins to watch its files.</summary>
    /// <exception cref="IOException">A file cannot be read.</exception>
    /// <exception cref="CryptographicException">A file holds no certificate or key, or they do not belong together.</exception>
    public static WatchedFiles<ServerCertificates> Watch(IReadOnlyList<CertificateFiles> files, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(files);
        ArgumentOutOfRangeException.ThrowIfZero(files.Count);
        return new WatchedFiles<ServerCertificates>(
            [.. files.SelectMany(f => new[] { f.CertificateFile, f.KeyFile })], contents => Make(files, contents), time);
    }

    /// <summary>The handshake's options for the name a client asked for; empty when it asked for none.</summary>
    public SslServerAuthenticationOptions Find(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (_names.TryGetValue(name, out SslServerAuthenticationOptions? exact))
        {
            return exact;
        }

        int dot = name.IndexOf('.', StringComparison.Ordinal);
        return dot > 0 && _names.TryGetValue("*" + name[dot..], out SslServerAuthenticationOptions? wild) ? wild : _default;
    }

    private static ServerCertificates Make(IReadOnlyList<CertificateFiles> files, IReadOnlyList<byte[]> contents)
    {
        List<X509Certificate2> leaves = [];
        List<SslServerAuthenticationOptions> options = [];
        for (int i = 0; i < files.Count; i++)
        {
            string chain = Encoding.Latin1.GetString(contents[2 * i]);
            string key = Encoding.Latin1.GetString(contents[(2 * i) + 1]);
            try
            {
                X509Certificate2Collection all = [];
                all.ImportFromPem(chain);
                X509Certificate2 leaf = X509Certificate2.CreateFromPem(chain, key);
                if (all.Count > 0)
                {
                    all.RemoveAt(0);
                }

                leaves.Add(leaf);
                options.Add(OptionsFor(SslStreamCertificateContext.Create(leaf, all, offline: true)));
            }
            catch (Exception e) when (e is CryptographicException or ArgumentException)
            {
                throw new CryptographicException($"'{files[i].CertificateFile}' with key '{files[i].KeyFile}': {e.Message}", e);
            }
        }

        return new ServerCertificates(leaves, options);
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
