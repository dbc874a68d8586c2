using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Gateway.Smtp.Server.Auth;

/// <summary>What is stored of a password: enough to check it, not enough to know it or to log in elsewhere with it.</summary>
/// <remarks>
/// Text form <c>SCRAM-SHA-256$iterations:salt$StoredKey:ServerKey</c> (RFC 5803, base64; PostgreSQL's form too).
/// Cost: <see cref="Verify"/> is slow on purpose, so that a stolen file does not give its passwords away.
/// Source: RFC 5802 section 3, RFC 7677.
/// </remarks>
public sealed record ScramCredentials(int Iterations, byte[] Salt, byte[] StoredKey, byte[] ServerKey) : IStoredPassword
{
    /// <summary>The mechanism's name.</summary>
    public const string Mechanism = "SCRAM-SHA-256";

    /// <summary>Rounds of PBKDF2 for new passwords; RFC 7677 asks for 4,096 at least.</summary>
    public const int DefaultIterations = 100_000;

    internal const int KeyBytes = 32;

    // A file that asks for hours of computing is a mistake or an attack.
    private const int MostIterations = 10_000_000;

    /// <summary>Makes the credentials of a prepared password with a new salt.</summary>
    public static ScramCredentials Create(string password, int iterations = DefaultIterations) =>
        Derive(password, RandomNumberGenerator.GetBytes(16), iterations);

    /// <summary>Credentials that no password fits, and that take as long to say so as others.</summary>
    internal static ScramCredentials Decoy() =>
        new(DefaultIterations, RandomNumberGenerator.GetBytes(16), RandomNumberGenerator.GetBytes(KeyBytes), RandomNumberGenerator.GetBytes(KeyBytes));

    /// <summary>Reads the text form.</summary>
    public static bool TryParse(string text, out ScramCredentials credentials)
    {
        ArgumentNullException.ThrowIfNull(text);
        credentials = null!;
        string[] parts = text.Split('$', ':');
        if (parts.Length != 5 || !parts[0].Equals(Mechanism, StringComparison.Ordinal)
            || !int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out int iterations)
            || iterations is < 4096 or > MostIterations
            || Decode(parts[2]) is not { Length: >= 8 } salt
            || Decode(parts[3]) is not { Length: KeyBytes } stored
            || Decode(parts[4]) is not { Length: KeyBytes } server)
        {
            return false;
        }

        credentials = new ScramCredentials(iterations, salt, stored, server);
        return true;
    }

    /// <summary>True when the password, prepared, is the one; takes as long when it is not.</summary>
    public bool Verify(string password)
    {
        ScramCredentials derived = Derive(password, Salt, Iterations);
        return CryptographicOperations.FixedTimeEquals(derived.StoredKey, StoredKey);
    }

    /// <inheritdoc/>
    bool IStoredPassword.Fits(SaslPassword password) =>
        Verify(password.Prepared) || (password.Prepared.Length > 0 && password.Prepared != password.Mapped && Verify(password.Mapped));

    /// <inheritdoc/>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Mechanism}${Iterations}:{Convert.ToBase64String(Salt)}${Convert.ToBase64String(StoredKey)}:{Convert.ToBase64String(ServerKey)}");

    private static ScramCredentials Derive(string password, byte[] salt, int iterations)
    {
        byte[] salted = Rfc2898DeriveBytes.Pbkdf2(Encoding.UTF8.GetBytes(password), salt, iterations, HashAlgorithmName.SHA256, KeyBytes);
        byte[] stored = SHA256.HashData(HMACSHA256.HashData(salted, "Client Key"u8));
        byte[] server = HMACSHA256.HashData(salted, "Server Key"u8);
        CryptographicOperations.ZeroMemory(salted);
        return new ScramCredentials(iterations, salt, stored, server);
    }

    private static byte[]? Decode(string text)
    {
        byte[] octets = new byte[text.Length];
        return Convert.TryFromBase64String(text, octets, out int length) ? octets[..length] : null;
    }
}
