using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Gateway.Smtp.Server.Auth;

/// <summary>SCRAM-SHA-256: the client proves that it knows the password without sending it, and we prove that we know it too.</summary>
/// <remarks>
/// No channel binding is offered: .NET gives no exporter of TLS 1.3 (RFC 9266).
/// Source: RFC 5802 sections 3, 5 and 7; RFC 7677.
/// </remarks>
internal sealed class ScramExchange(UserList users) : SaslExchange
{
    private string _gs2 = string.Empty;
    private string _clientFirst = string.Empty;
    private string _serverFirst = string.Empty;
    private string _nonce = string.Empty;
    private string _user = string.Empty;
    private bool _exists;
    private ScramCredentials? _credentials;
    private bool _proved;

    /// <inheritdoc/>
    public override string Mechanism => ScramCredentials.Mechanism;

    /// <inheritdoc/>
    public override SaslStep Next(ReadOnlySpan<byte> response)
    {
        if (_proved)
        {
            // RFC 4954 section 4: the client has read our signature and answers with nothing.
            return response.IsEmpty ? new SaslStep(SaslStepKind.Success, null, _user) : SaslStep.Malformed;
        }

        return Text(response) is not string text ? SaslStep.Malformed : _credentials is null ? ClientFirst(text) : ClientFinal(text);
    }

    /// <summary><c>n,[a=authzid],n=user,r=nonce</c>.</summary>
    private SaslStep ClientFirst(string text)
    {
        string[] parts = text.Split(',');
        if (parts.Length < 4 || parts[0] is not ("n" or "y") || !parts[2].StartsWith("n=", StringComparison.Ordinal)
            || !parts[3].StartsWith("r=", StringComparison.Ordinal) || parts[3].Length < 10 || !IsNonce(parts[3].AsSpan(2))
            || Unescape(parts[2][2..]) is not { Length: > 0 } user
            || (parts[1].Length > 0 && !parts[1].Equals("a=" + parts[2][2..], StringComparison.Ordinal)))
        {
            return SaslStep.Malformed;
        }

        _gs2 = parts[0] + "," + parts[1] + ",";
        _clientFirst = text[_gs2.Length..];
        Claimed = user;
        _user = SaslPrep.Prepare(user) ?? "?";
        _credentials = users.Find(_user, out _exists);
        _nonce = parts[3][2..] + Convert.ToBase64String(RandomNumberGenerator.GetBytes(18));
        _serverFirst = string.Create(
            CultureInfo.InvariantCulture, $"r={_nonce},s={Convert.ToBase64String(_credentials.Salt)},i={_credentials.Iterations}");
        return SaslStep.Ask(Encoding.ASCII.GetBytes(_serverFirst));
    }

    /// <summary><c>c=biws,r=nonce,p=proof</c>.</summary>
    private SaslStep ClientFinal(string text)
    {
        int proofAt = text.LastIndexOf(",p=", StringComparison.Ordinal);
        string withoutProof = proofAt < 0 ? text : text[..proofAt];
        string[] parts = withoutProof.Split(',');
        byte[] proof = new byte[text.Length];
        if (proofAt < 0 || parts.Length < 2 || !parts[0].Equals("c=" + Convert.ToBase64String(Encoding.UTF8.GetBytes(_gs2)), StringComparison.Ordinal)
            || !parts[1].Equals("r=" + _nonce, StringComparison.Ordinal)
            || !Convert.TryFromBase64String(text[(proofAt + 3)..], proof, out int length) || length != ScramCredentials.KeyBytes)
        {
            return SaslStep.Malformed;
        }

        byte[] signed = Encoding.UTF8.GetBytes($"{_clientFirst},{_serverFirst},{withoutProof}");
        byte[] clientKey = HMACSHA256.HashData(_credentials!.StoredKey, signed);
        for (int i = 0; i < clientKey.Length; i++)
        {
            clientKey[i] ^= proof[i];
        }

        bool fits = CryptographicOperations.FixedTimeEquals(SHA256.HashData(clientKey), _credentials.StoredKey);
        if (!fits || !_exists)
        {
            return SaslStep.Failure;
        }

        _proved = true;
        string signature = Convert.ToBase64String(HMACSHA256.HashData(_credentials.ServerKey, signed));
        return SaslStep.Ask(Encoding.ASCII.GetBytes("v=" + signature));
    }

    /// <summary>RFC 5802 section 5.1: <c>=2C</c> is a comma, <c>=3D</c> an equals sign; no other = may stand in a name.</summary>
    private static string? Unescape(string name)
    {
        string plain = name.Replace("=2C", ",", StringComparison.Ordinal).Replace("=3D", "\0", StringComparison.Ordinal);
        return plain.Contains('=', StringComparison.Ordinal) ? null : plain.Replace('\0', '=');
    }

    private static bool IsNonce(ReadOnlySpan<char> nonce) => !nonce.ContainsAnyExceptInRange('!', '~');
}
