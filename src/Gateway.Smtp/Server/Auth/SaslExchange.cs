using System.Text;

namespace Gateway.Smtp.Server.Auth;

/// <summary>What a step of an authentication asks the session to do.</summary>
internal enum SaslStepKind
{
    /// <summary>Send the challenge and read the next response.</summary>
    Challenge,

    /// <summary>Check the name and the password.</summary>
    Check,

    /// <summary>The user has proved to be who it says.</summary>
    Success,

    /// <summary>The proof is wrong.</summary>
    Failure,

    /// <summary>The response does not follow the mechanism's grammar.</summary>
    Malformed,
}

/// <summary>A password that is to be checked.</summary>
/// <param name="Prepared">As it is stored now (RFC 4013).</param>
/// <param name="Mapped">As older entries of a users file have it: not folded.</param>
/// <param name="Typed">As the client sent it, which other sites have hashed.</param>
internal sealed record SaslPassword(string Prepared, string Mapped, string Typed);

/// <summary>One step of an authentication.</summary>
internal readonly record struct SaslStep(SaslStepKind Kind, byte[]? Challenge = null, string? User = null, SaslPassword? Password = null)
{
    public static SaslStep Malformed { get; } = new(SaslStepKind.Malformed);

    public static SaslStep Failure { get; } = new(SaslStepKind.Failure);

    public static SaslStep Ask(byte[] challenge) => new(SaslStepKind.Challenge, challenge);
}

/// <summary>One run of a mechanism: responses in, steps out; knows nothing of SMTP.</summary>
internal abstract class SaslExchange
{
    /// <summary>What EHLO offers, strongest first.</summary>
    public const string Offered = "SCRAM-SHA-256 PLAIN LOGIN";

    /// <summary>What EHLO offers while some users have a hash of another site: a client takes the strongest, and gives up where SCRAM cannot work.</summary>
    public const string OfferedWithHashes = "PLAIN LOGIN";

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>The mechanism's name.</summary>
    public abstract string Mechanism { get; }

    /// <summary>Who the client claims to be, as it said it: hostile. Null before it did.</summary>
    public string? Claimed { get; protected set; }

    /// <summary>The challenge when the client sent no initial response.</summary>
    public virtual byte[] First => [];

    /// <summary>Begins the run of a mechanism; null when it is none of ours.</summary>
    public static SaslExchange? Begin(ReadOnlySpan<byte> mechanism, UserList users) =>
        Ascii.EqualsIgnoreCase(mechanism, "SCRAM-SHA-256"u8) ? new ScramExchange(users)
        : Ascii.EqualsIgnoreCase(mechanism, "PLAIN"u8) ? new PlainExchange()
        : Ascii.EqualsIgnoreCase(mechanism, "LOGIN"u8) ? new LoginExchange()
        : null;

    /// <summary>Takes a response.</summary>
    public abstract SaslStep Next(ReadOnlySpan<byte> response);

    /// <summary>Text of a response; null when it is not UTF-8.</summary>
    protected static string? Text(ReadOnlySpan<byte> octets)
    {
        try
        {
            return Strict.GetString(octets);
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }

    /// <summary>The step that checks a password; what cannot be one fails like a wrong one, without saying why.</summary>
    protected static SaslStep Check(string user, string password) =>
        new(SaslStepKind.Check, null, SaslPrep.Prepare(user) ?? "?", new SaslPassword(SaslPrep.Prepare(password) ?? string.Empty, SaslPrep.Map(password), password));
}

/// <summary>RFC 4616: all in one response.</summary>
internal sealed class PlainExchange : SaslExchange
{
    /// <inheritdoc/>
    public override string Mechanism => "PLAIN";

    /// <inheritdoc/>
    public override SaslStep Next(ReadOnlySpan<byte> response)
    {
        if (Text(response)?.Split('\0') is not [string authorize, { Length: > 0 } user, { Length: > 0 } password])
        {
            return SaslStep.Malformed;
        }

        Claimed = user;
        // To act for somebody else is nothing that we grant.
        return authorize.Length == 0 || authorize.Equals(user, StringComparison.Ordinal) ? Check(user, password) : SaslStep.Failure;
    }
}

/// <summary>draft-murchison-sasl-login: what old clients know.</summary>
internal sealed class LoginExchange : SaslExchange
{
    /// <inheritdoc/>
    public override string Mechanism => "LOGIN";

    /// <inheritdoc/>
    public override byte[] First => "Username:"u8.ToArray();

    /// <inheritdoc/>
    public override SaslStep Next(ReadOnlySpan<byte> response)
    {
        if (Text(response) is not { Length: > 0 } text)
        {
            return SaslStep.Malformed;
        }

        if (Claimed is null)
        {
            Claimed = text;
            return SaslStep.Ask("Password:"u8.ToArray());
        }

        return Check(Claimed, text);
    }
}
