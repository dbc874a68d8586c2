using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Gateway.Smtp.Client;

/// <summary>SCRAM-SHA-256 as a client: proves that we know the password, and checks that the host does.</summary>
/// <remarks>
/// Fails: a message of the host that does not fit gives null or false; nothing throws.
/// Source: RFC 5802 sections 3, 5 and 7; RFC 7677.
/// </remarks>
internal sealed class ScramClient(string user, string password, string nonce)
{
    // A host that asks for minutes of computing is broken or hostile; 4,096 is the least that RFC 7677 allows.
    private const int MostRounds = 1_000_000;
    private const int LeastRounds = 4096;

    private readonly string _bare = $"n={user.Replace("=", "=3D", StringComparison.Ordinal).Replace(",", "=2C", StringComparison.Ordinal)},r={nonce}";
    private byte[]? _expected;

    /// <summary>The first message.</summary>
    public string First => "n,," + _bare;

    /// <summary>The answer to the host's first message; null when that makes no sense.</summary>
    public string? Final(string challenge)
    {
        string[] parts = challenge.Split(',');
        byte[] salt = new byte[challenge.Length];
        if (parts.Length < 3 || !parts[0].StartsWith("r=" + nonce, StringComparison.Ordinal) || parts[0].Length == nonce.Length + 2
            || !parts[1].StartsWith("s=", StringComparison.Ordinal) || !Convert.TryFromBase64String(parts[1][2..], salt, out int saltLength)
            || !parts[2].StartsWith("i=", StringComparison.Ordinal)
            || !int.TryParse(parts[2].AsSpan(2), NumberStyles.None, CultureInfo.InvariantCulture, out int rounds)
            || rounds is < LeastRounds or > MostRounds)
        {
            return null;
        }

        byte[] salted = Rfc2898DeriveBytes.Pbkdf2(Encoding.UTF8.GetBytes(password), salt.AsSpan(0, saltLength), rounds, HashAlgorithmName.SHA256, 32);
        string withoutProof = "c=biws," + parts[0];
        byte[] signed = Encoding.UTF8.GetBytes($"{_bare},{challenge},{withoutProof}");
        byte[] clientKey = HMACSHA256.HashData(salted, "Client Key"u8);
        byte[] signature = HMACSHA256.HashData(SHA256.HashData(clientKey), signed);
        for (int i = 0; i < clientKey.Length; i++)
        {
            clientKey[i] ^= signature[i];
        }

        _expected = HMACSHA256.HashData(HMACSHA256.HashData(salted, "Server Key"u8), signed);
        CryptographicOperations.ZeroMemory(salted);
        return $"{withoutProof},p={Convert.ToBase64String(clientKey)}";
    }

    /// <summary>True when the host's last message proves that it knows the password too.</summary>
    public bool Verify(string final)
    {
        byte[] signature = new byte[final.Length];
        return _expected is not null && final.StartsWith("v=", StringComparison.Ordinal)
            && Convert.TryFromBase64String(final[2..], signature, out int length)
            && CryptographicOperations.FixedTimeEquals(signature.AsSpan(0, length), _expected);
    }
}
