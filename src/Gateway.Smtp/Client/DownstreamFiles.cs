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
    /// <summary>What is wrong with the files of a route now, one sentence a file or pair.</summary>
    public static IReadOnlyList<string> FaultsOf(DownstreamAccess access)
    {
        ArgumentNullException.ThrowIfNull(access);
        List<string> faults = [];
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
                faults.Add(e.Message);
            }
        }
    }

    /// <summary>What reading these files may throw.</summary>
    internal static bool IsOfFiles(Exception e) =>
        e is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException or NotSupportedException;

    /// <summary>The roots of a file.</summary>
    internal static X509Certificate2Collection Authorities(string file)
    {
        X509Certificate2Collection roots = [];
        roots.ImportFromPemFile(file);
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

    /// <summary>The first line of a file.</summary>
    internal static string Password(string file)
    {
        string text = File.ReadAllText(file);
        int end = text.AsSpan().IndexOfAny('\r', '\n');
        return end < 0 ? text : text[..end];
    }

    private static void Free(X509Certificate2Collection certificates)
    {
        foreach (X509Certificate2 certificate in certificates)
        {
            certificate.Dispose();
        }
    }
}
