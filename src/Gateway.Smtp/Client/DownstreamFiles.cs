using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Gateway.Smtp.Client;

/// <summary>Reads the files of a route: roots, our own certificate and key, the password.</summary>
/// <remarks>
/// Promises: the check of a configuration and a connection read them by the same code, and so say the same of them.
/// Fails: with <see cref="IOException"/>, <see cref="UnauthorizedAccessException"/> or <see cref="CryptographicException"/>, which name the file.
/// </remarks>
public static class DownstreamFiles
{
    /// <summary>What is wrong with the files of a route now: the file, or that of the certificate of a pair, with one sentence.</summary>
    public static IReadOnlyList<(string File, string Fault)> FaultsOf(DownstreamAccess access)
    {
        ArgumentNullException.ThrowIfNull(access);
        List<(string, string)> faults = [];
        Try(access.CaFile, () => Free(Authorities(access.CaFile)));
        Try(access.CertificateFile, () => Free(Own(access.CertificateFile, access.KeyFile)));
        Try(access.PasswordFile, () => Password(access.PasswordFile));
        return faults;

        void Try(string file, Action read)
        {
            try
            {
                if (file.Length > 0)
                {
                    read();
                }
            }
            catch (Exception e) when (IsOfFiles(e))
            {
                faults.Add((file, e.Message));
            }
        }
    }

    /// <summary>When our certificate of a route ends; null where there is none that can be used.</summary>
    public static DateTimeOffset? EndOf(DownstreamAccess access)
    {
        ArgumentNullException.ThrowIfNull(access);
        if (access.CertificateFile.Length == 0 || FaultsOf(access).Any(f => f.File == access.CertificateFile))
        {
            return null;
        }

        X509Certificate2Collection own = Own(access.CertificateFile, access.KeyFile);
        DateTimeOffset end = new(own[0].NotAfter.ToUniversalTime());
        Free(own);
        return end;
    }

    /// <summary>What reading these files may throw.</summary>
    internal static bool IsOfFiles(Exception e) =>
        e is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException or NotSupportedException;

    /// <summary>The roots of a file.</summary>
    internal static X509Certificate2Collection Authorities(string file)
    {
        X509Certificate2Collection roots = [];
        try
        {
            roots.ImportFromPemFile(file);
        }
        catch (CryptographicException e)
        {
            throw new CryptographicException($"'{file}': {e.Message}", e);
        }

        return roots.Count > 0 ? roots : throw new CryptographicException($"'{file}' holds no certificate");
    }

    /// <summary>Our certificate with its key, behind it the rest of its chain.</summary>
    internal static X509Certificate2Collection Own(string certificateFile, string keyFile)
    {
        try
        {
            X509Certificate2Collection chain = [];
            chain.ImportFromPemFile(certificateFile);
            return [X509Certificate2.CreateFromPemFile(certificateFile, keyFile), .. chain];
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            throw new CryptographicException($"'{certificateFile}' with key '{keyFile}': {e.Message}", e);
        }
    }

    /// <summary>The first line of a file, which is not empty.</summary>
    internal static string Password(string file)
    {
        string text = File.ReadAllText(file);
        int end = text.AsSpan().IndexOfAny('\r', '\n');
        return end == 0 || text.Length == 0 ? throw new IOException($"'{file}' has no password in its first line") : end < 0 ? text : text[..end];
    }

    private static void Free(X509Certificate2Collection certificates)
    {
        foreach (X509Certificate2 certificate in certificates)
        {
            certificate.Dispose();
        }
    }
}
