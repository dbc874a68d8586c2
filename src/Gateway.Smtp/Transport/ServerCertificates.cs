using System.Net.Security;
using System.Security.Cryptography;

namespace Gateway.Smtp.Transport;

/// <summary>The certificates of a listener, chosen by the name the client asks for (SNI).</summary>
/// <remarks>
/// The first certificate is the default: for clients that ask for no name (most mail servers) or for one that we do not have.
/// RFC 6066 section 3 allows to refuse an unknown name, but opportunistic mail clients do not check names, and refusing
/// would make them send in clear.
/// Promises: each pair is watched for itself. One that cannot be used keeps its last good self and keeps no other from being renewed.
/// Fails: the constructor throws when the default pair cannot be used. Another one that cannot is missing until it can.
/// Threads: any.
/// </remarks>
public sealed class ServerCertificates : IDisposable
{
    private readonly IReadOnlyList<CertificateFiles> _files;
    private readonly WatchedFiles<CertificatePair>[] _pairs;
    private readonly Lock _gate = new();
    private volatile Dictionary<string, SslServerAuthenticationOptions> _names = [];

    /// <summary>Reads all pairs and begins to watch their files.</summary>
    /// <param name="files">The pairs, the default one first.</param>
    /// <param name="time">The clock of the watch.</param>
    /// <exception cref="IOException">A file of the default pair cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">A file of the default pair may not be read, or is a folder.</exception>
    /// <exception cref="CryptographicException">A file of the default pair holds no certificate or key, or they do not belong together.</exception>
    public ServerCertificates(IReadOnlyList<CertificateFiles> files, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(files);
        ArgumentOutOfRangeException.ThrowIfZero(files.Count);
        _files = files;
        // The default pair comes first: when it throws there is no other watch to end.
        _pairs = [.. files.Select((f, i) => Watch(f, isDefault: i == 0, time))];
        NameAll();
        for (int i = 0; i < _pairs.Length; i++)
        {
            CertificateFiles pair = files[i];
            _pairs[i].Changed = fault => Told(pair, fault);
        }
    }

    /// <summary>Told of every pair that is renewed (null) or cannot be used (why), on a timer's thread or that of the caller of <see cref="Reload"/>.</summary>
    public Action<CertificateFiles, Exception?>? Changed { get; set; }

    /// <summary>The pairs in use, in the order of the configuration; those that never could be used are not among them.</summary>
    public IEnumerable<(CertificateFiles Files, CertificatePair Pair)> InUse =>
        _files.Zip(_pairs, static (files, watch) => (files, watch.Current)).Where(static p => p.Current.Leaf is not null);

    /// <summary>The pairs whose newest content cannot be used, and why.</summary>
    public IEnumerable<(CertificateFiles Files, Exception Fault)> Faults =>
        from p in _files.Zip(_pairs, static (files, watch) => (Files: files, watch.Fault))
        where p.Fault is not null
        select (p.Files, p.Fault);

    /// <summary>Reads all pairs anew, whether they changed or not.</summary>
    /// <returns>Why those that could not be used stay as they were.</returns>
    public IReadOnlyList<Exception> Reload() => [.. _pairs.Select(static p => p.Reload()).OfType<Exception>()];

    /// <summary>The handshake's options for the name a client asked for; empty when it asked for none.</summary>
    public SslServerAuthenticationOptions Find(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        Dictionary<string, SslServerAuthenticationOptions> names = _names;
        if (names.TryGetValue(name, out SslServerAuthenticationOptions? exact))
        {
            return exact;
        }

        int dot = name.IndexOf('.', StringComparison.Ordinal);
        return dot > 0 && names.TryGetValue("*" + name[dot..], out SslServerAuthenticationOptions? wild) ? wild : _pairs[0].Current.Options!;
    }

    /// <inheritdoc/>
    public void Dispose() => Array.ForEach(_pairs, static p => p.Dispose());

    private static WatchedFiles<CertificatePair> Watch(CertificateFiles files, bool isDefault, TimeProvider time) => new(
        CertificatePair.PathsOf(files), contents => CertificatePair.Make(files, contents), time, isDefault ? null : CertificatePair.Missing);

    private void Told(CertificateFiles files, Exception? fault)
    {
        NameAll();
        Changed?.Invoke(files, fault);
    }

    private void NameAll()
    {
        lock (_gate)
        {
            Dictionary<string, SslServerAuthenticationOptions> names = new(StringComparer.OrdinalIgnoreCase);
            foreach (CertificatePair pair in _pairs.Select(static p => p.Current))
            {
                foreach (string name in pair.Names)
                {
                    // The first one that has a name keeps it.
                    names.TryAdd(name, pair.Options!);
                }
            }

            _names = names;
        }
    }
}
