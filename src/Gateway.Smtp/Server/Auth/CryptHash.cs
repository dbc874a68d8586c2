using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace Gateway.Smtp.Server.Auth;

/// <summary>A password hash of another site in the form of crypt(3): <c>$5$</c> (SHA-256), <c>$6$</c> (SHA-512), <c>$2y$</c>, <c>$2a$</c>, <c>$2b$</c> (bcrypt).</summary>
/// <remarks>
/// Promises: nothing is checked against a hash that asks for more than about two seconds of computing. Dovecot's scheme in front of it (<c>{SHA512-CRYPT}</c>) is taken and dropped.
/// Fails: where the machine has no libcrypt with <c>crypt_rn</c> no hash is one, see <see cref="IsAvailable"/>.
/// Cost: a check takes as long as the hash asks for, 3 ms for <c>$6$</c> as it comes, 100 ms for bcrypt of cost 10.
/// Source: crypt(5), crypt_rn(3) of libxcrypt; Dovecot's password schemes.
/// </remarks>
public sealed partial class CryptHash : IStoredPassword
{
    /// <summary>The forms, for people.</summary>
    public const string Forms = "$6$, $5$, $2y$, $2b$, $2a$";

    /// <summary>The most computing that is taken, for people.</summary>
    public const string Most = "2,000,000 rounds or cost 14";

    private const int MostRounds = 2_000_000;
    private const int MostCost = 14;

    private readonly string _text;

    private CryptHash(string text) => _text = text;

    /// <summary>Whether this machine can check them.</summary>
    public static bool IsAvailable => Crypt.IsAvailable;

    /// <summary>Reads a hash, with or without Dovecot's scheme in front.</summary>
    /// <returns>False for another form, one that asks for too much computing, and a scheme that is not that of the hash.</returns>
    public static bool TryParse(string text, out CryptHash hash)
    {
        ArgumentNullException.ThrowIfNull(text);
        Match match = Form().Match(text);
        bool isSound = match.Success && IsBounded(match) && IsOfItsScheme(match.Groups["scheme"].Value, match.Groups["hash"].Value);
        hash = isSound ? new CryptHash(match.Groups["hash"].Value) : null!;
        return isSound;
    }

    /// <summary>True when the password, as it was typed, is the one.</summary>
    public bool Verify(string password)
    {
        ArgumentNullException.ThrowIfNull(password);
        // For crypt(3) a NUL ends the password: what stands behind it would be thrown away.
        if (password.Length == 0 || password.Contains('\0', StringComparison.Ordinal))
        {
            return false;
        }

        byte[] typed = Encoding.UTF8.GetBytes(password + '\0');
        byte[]? computed = Crypt.Hash(typed, Encoding.ASCII.GetBytes(_text + '\0'));
        CryptographicOperations.ZeroMemory(typed);
        return computed is not null && CryptographicOperations.FixedTimeEquals(computed, Encoding.ASCII.GetBytes(_text));
    }

    /// <inheritdoc/>
    bool IStoredPassword.Fits(SaslPassword password) => Verify(password.Typed) || (password.Prepared != password.Typed && Verify(password.Prepared));

    /// <inheritdoc/>
    public override string ToString() => _text;

    private static bool IsBounded(Match match) =>
        (!match.Groups["rounds"].Success || Number(match.Groups["rounds"]) is >= 1000 and <= MostRounds)
        && (!match.Groups["cost"].Success || Number(match.Groups["cost"]) is >= 4 and <= MostCost);

    private static int Number(Group group) => int.Parse(group.Value, CultureInfo.InvariantCulture);

    private static bool IsOfItsScheme(string scheme, string hash) => scheme.ToUpperInvariant() switch
    {
        "" or "CRYPT" => true,
        "SHA256-CRYPT" => hash.StartsWith("$5$", StringComparison.Ordinal),
        "SHA512-CRYPT" => hash.StartsWith("$6$", StringComparison.Ordinal),
        "BLF-CRYPT" => hash.StartsWith("$2", StringComparison.Ordinal),
        _ => false,
    };

    [GeneratedRegex(
        @"^(\{(?<scheme>[A-Za-z0-9-]{1,20})\})?(?<hash>\$(5\$(rounds=(?<rounds>[0-9]{4,7})\$)?[./0-9A-Za-z]{0,16}\$[./0-9A-Za-z]{43}"
        + @"|6\$(rounds=(?<rounds>[0-9]{4,7})\$)?[./0-9A-Za-z]{0,16}\$[./0-9A-Za-z]{86}|2[aby]\$(?<cost>[0-9]{2})\$[./0-9A-Za-z]{53}))\z",
        RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Form();
}
