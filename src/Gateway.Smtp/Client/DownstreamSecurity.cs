using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Gateway.Smtp.Client;

/// <summary>The client's side of one TLS handshake: what is offered, and what is to be thought of the host's certificate.</summary>
/// <remarks>
/// The certificate is always checked, so that it is known whether it was good; only <see cref="DownstreamTls.Verified"/> ends the handshake for it.
/// Source: RFC 3207, RFC 7435, RFC 8689 section 4.2.1, RFC 9325 (TLS 1.2 at least).
/// </remarks>
internal sealed class DownstreamSecurity(DownstreamHost host) : IDisposable
{
    private readonly List<X509Certificate2> _own = [];

    /// <summary>What was wrong with the host's certificate; null when it was good.</summary>
    public string? Doubt { get; private set; } = "no certificate was seen";

    /// <summary>The version and cipher agreed on, for logs.</summary>
    public string? Agreed { get; private set; }

    /// <summary>Which of our files could not be used, so that the handshake goes without it; null when all could.</summary>
    public string? OwnFault { get; private set; }

    /// <summary>Reads the files and makes the options of the handshake.</summary>
    /// <remarks>A file that cannot be used is left out where any certificate of the host will do: encryption without it is better than none.</remarks>
    /// <exception cref="IOException">A file cannot be read.</exception>
    /// <exception cref="CryptographicException">A file holds something else.</exception>
    public SslClientAuthenticationOptions Options()
    {
        DownstreamAccess access = host.Access;
        X509ChainPolicy policy = new()
        {
            // Neither revocation lists nor missing issuers are fetched: a delivery must not hang on a stranger's web server.
            RevocationMode = X509RevocationMode.NoCheck,
            DisableCertificateDownloads = true,
        };
        if (access.CaFile.Length > 0)
        {
            policy.TrustMode = X509ChainTrustMode.CustomRootTrust;
            policy.CustomTrustStore.AddRange(Use(() => DownstreamFiles.Authorities(access.CaFile)) ?? []);
        }

        X509Certificate2Collection? own = access.CertificateFile.Length > 0 ? Use(() => DownstreamFiles.Own(access.CertificateFile, access.KeyFile)) : null;
        return new SslClientAuthenticationOptions
        {
            TargetHost = (access.TlsName.Length > 0 ? access.TlsName : host.Host).TrimEnd('.'),
#pragma warning disable CA5398 // The floor is ours to promise (RFC 8996 forbids what is older); the system's policy may allow less.
            EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
#pragma warning restore CA5398
            CertificateChainPolicy = policy,
            ClientCertificateContext = own is null ? null : SslStreamCertificateContext.Create(own[0], [.. own.Skip(1)], offline: true),
            RemoteCertificateValidationCallback = Judge,
        };
    }

    /// <summary>Notes what was agreed on.</summary>
    public void Agree(SslStream stream) => Agreed = stream.SslProtocol.ToString().ToUpperInvariant() + " " + stream.NegotiatedCipherSuite;

    /// <inheritdoc/>
    public void Dispose() => _own.ForEach(static c => c.Dispose());

    private X509Certificate2Collection? Use(Func<X509Certificate2Collection> read)
    {
        try
        {
            X509Certificate2Collection found = read();
            _own.AddRange(found);
            return found;
        }
        catch (Exception e) when (host.Access.Tls == DownstreamTls.Opportunistic && DownstreamFiles.IsOfFiles(e))
        {
            OwnFault ??= e.Message;
            return null;
        }
    }

    private bool Judge(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        Doubt = errors switch
        {
            SslPolicyErrors.None => null,
            _ when errors.HasFlag(SslPolicyErrors.RemoteCertificateNotAvailable) => "the host has no certificate",
            _ when errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch) => "the host's certificate is for another name",
            _ => "the host's certificate is not trusted: " + string.Join(", ", chain?.ChainStatus.Select(static s => s.Status.ToString()) ?? []),
        };
        return Doubt is null || host.Access.Tls != DownstreamTls.Verified;
    }
}
