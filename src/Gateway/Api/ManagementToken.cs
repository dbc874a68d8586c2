using System.Security.Cryptography;
using System.Text;
using Gateway.Spool.Storage;

namespace Gateway.Api;

/// <summary>The secret that opens the management API: a file in the data directory that only its user can read.</summary>
/// <remarks>Made anew at each start, so a copy that leaked is worth nothing after a restart.</remarks>
public sealed class ManagementToken
{
    /// <summary>The file's name in the data directory.</summary>
    public const string FileName = "management.token";

    private const string Scheme = "Bearer ";

    private readonly byte[] _expected;

    private ManagementToken(byte[] expected) => _expected = expected;

    /// <summary>Makes a token and writes its file with mode 0600.</summary>
    public static ManagementToken Create(string directory)
    {
        string token = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32));
        string path = Path.Combine(directory, FileName);
        AtomicFile.Replace(path, Encoding.ASCII.GetBytes(token), HideFromOthers);
        return new ManagementToken(Encoding.ASCII.GetBytes(token));
    }

    // Whatever mode somebody gave the one before.
    private static void HideFromOthers(string path)
    {
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }
    }

    /// <summary>True for the value of an Authorization header that carries the token; takes the same time for every wrong one.</summary>
    /// <remarks>The scheme's name has no case, and any number of blanks may stand behind it (RFC 9110 11.1, 11.4).</remarks>
    public bool Admits(string? authorization) =>
        authorization is not null && authorization.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)
        && CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(authorization[Scheme.Length..].Trim(' ')), _expected);
}
