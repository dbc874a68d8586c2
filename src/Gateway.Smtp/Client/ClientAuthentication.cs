using System.Security.Cryptography;
using System.Text;
using Gateway.Smtp.Protocol;
using Gateway.Smtp.Server.Auth;

namespace Gateway.Smtp.Client;

/// <summary>How an authentication failed.</summary>
/// <param name="Reply">The host's reply, or null when that was not the reason.</param>
/// <param name="Detail">The reason in words; never holds anything of the password.</param>
internal readonly record struct AuthFault(SmtpReply? Reply, string? Detail)
{
    /// <summary>The host refused this mechanism or cannot use it; another one may work. False also where it did not prove that it knows the password: such a host gets it from nobody.</summary>
    public bool AllowsNext { get; init; }
}

/// <summary>AUTH towards a host, with the mechanisms that both know: SCRAM-SHA-256, PLAIN, LOGIN.</summary>
/// <remarks>
/// Promises: nothing is said on a link that is not encrypted. A mechanism that the host refuses for good (5yz) is followed by the next one over the same connection, and
/// remembered in <paramref name="refused"/>: hosts offer mechanisms for which they have no secret of the user. A host that ignores an initial response is given it again.
/// Source: RFC 4954, RFC 4616, RFC 5802.
/// </remarks>
internal sealed class ClientAuthentication(DownstreamLink link, DownstreamAccess access, TimeSpan limit, RefusedMechanisms refused)
{
    private const int WrongCredentials = 535;

    /// <summary>What was refused before another mechanism worked, in words; null when the first one did.</summary>
    public string? Passed { get; private set; }

    /// <summary>The mechanisms named behind AUTH.</summary>
    public static AuthMechanisms Mechanisms(ReadOnlySpan<char> names)
    {
        AuthMechanisms found = AuthMechanisms.None;
        foreach (Range range in names.Split(' '))
        {
            ReadOnlySpan<char> name = names[range];
            found |= name.Equals("PLAIN", StringComparison.OrdinalIgnoreCase) ? AuthMechanisms.Plain
                : name.Equals("LOGIN", StringComparison.OrdinalIgnoreCase) ? AuthMechanisms.Login
                : name.Equals(ScramCredentials.Mechanism, StringComparison.OrdinalIgnoreCase) ? AuthMechanisms.ScramSha256
                : AuthMechanisms.None;
        }

        return found;
    }

    /// <summary>Authenticates.</summary>
    /// <returns>Null when the host let us in.</returns>
    public async Task<AuthFault?> RunAsync(AuthMechanisms offered)
    {
        if (!link.IsEncrypted)
        {
            return new AuthFault(null, "AUTH is for encrypted connections only");
        }

        string password;
        try
        {
            password = DownstreamFiles.Password(access.PasswordFile);
        }
        catch (Exception e) when (DownstreamFiles.IsOfFiles(e))
        {
            return new AuthFault(null, "the password file cannot be read: " + e.Message);
        }

        return (offered & access.Mechanisms) is not AuthMechanisms.None and AuthMechanisms usable
            ? await InTurnAsync(refused.Order(usable, password), password)
            : new AuthFault(null, access.Mechanisms == AuthMechanisms.Any
                ? "the host offers none of SCRAM-SHA-256, PLAIN, LOGIN"
                : $"the host does not offer {NameOf(access.Mechanisms)}, which the route names");
    }

    private async Task<AuthFault?> InTurnAsync(IReadOnlyList<AuthMechanisms> order, string password)
    {
        AuthFault? told = null;
        foreach (AuthMechanisms mechanism in order)
        {
            if (await TryAsync(mechanism, password) is not AuthFault fault)
            {
                refused.Worked(mechanism);
                Passed = told is null ? null : $"{Passed}; {NameOf(mechanism)} is used";
                return null;
            }

            // 535 says more to people than the refusal of a mechanism, and both more than a connection that broke behind them.
            told = told?.Reply is { } before && (before.Code == WrongCredentials || link.Fault is not null) ? told : fault;
            if (!fault.AllowsNext)
            {
                break;
            }

            refused.Refused(mechanism);
            Passed = $"{Passed}{(Passed is null ? string.Empty : ", ")}AUTH {NameOf(mechanism)}: {fault.Reply?.ToString() ?? fault.Detail}";
            if (link.Fault is not null)
            {
                break;
            }
        }

        return told;
    }

    // RFC 4616 section 2: of PLAIN, and of LOGIN like it, the host prepares what it gets; RFC 5802 section 2.2: for SCRAM we do. What cannot be prepared goes as it is.
    private async Task<AuthFault?> TryAsync(AuthMechanisms mechanism, string password) => mechanism switch
    {
        AuthMechanisms.ScramSha256 => await ScramAsync(new ScramClient(SaslPrep.Prepare(access.User) ?? access.User, SaslPrep.Prepare(password) ?? password, Nonce())),
        AuthMechanisms.Plain => Judge(await BeginAsync("PLAIN", Encode($"\0{access.User}\0{password}"))),
        _ => await LoginAsync(access.User, password),
    };

    private static string NameOf(AuthMechanisms mechanism) => mechanism switch
    {
        AuthMechanisms.ScramSha256 => ScramCredentials.Mechanism,
        AuthMechanisms.Plain => "PLAIN",
        _ => "LOGIN",
    };

    private static string Nonce() => Convert.ToBase64String(RandomNumberGenerator.GetBytes(18));

    // A host that does not know initial responses asks for the response with an empty challenge.
    private async Task<SmtpReply?> BeginAsync(string mechanism, string initial)
    {
        SmtpReply? reply = await SayAsync($"AUTH {mechanism} {initial}");
        return reply is { Code: 334 } && reply.Text.AsSpan().Trim().IsEmpty ? await SayAsync(initial) : reply;
    }

    private async Task<AuthFault?> LoginAsync(string user, string password)
    {
        SmtpReply? reply = await SayAsync("AUTH LOGIN");
        reply = reply is { Code: 334 } ? await SayAsync(Encode(user)) : reply;
        return Judge(reply is { Code: 334 } ? await SayAsync(Encode(password)) : reply);
    }

    private async Task<AuthFault?> ScramAsync(ScramClient scram)
    {
        SmtpReply? reply = await BeginAsync(ScramCredentials.Mechanism, Encode(scram.First));
        if (reply is not { Code: 334 })
        {
            return Judge(reply);
        }

        if (Decode(reply) is not string challenge || scram.Final(challenge) is not string final)
        {
            return await CancelAsync("the host's SCRAM challenge makes no sense") with { AllowsNext = true };
        }

        reply = await SayAsync(Encode(final));
        if (reply is not { Code: 334 })
        {
            return reply is { Code: 235 } ? new AuthFault(null, "the host did not prove that it knows the password") : Judge(reply);
        }

        return Decode(reply) is string proof && scram.Verify(proof)
            ? Judge(await SayAsync(string.Empty))
            : await CancelAsync("the host did not prove that it knows the password");
    }

    // RFC 4954 section 4: an asterisk ends the exchange.
    private async Task<AuthFault> CancelAsync(string why)
    {
        await SayAsync("*");
        return new AuthFault(null, why);
    }

    private async Task<SmtpReply?> SayAsync(string line)
    {
        await link.WriteAsync(Encoding.ASCII.GetBytes(line + "\r\n"), limit, stopAtInput: false);
        return await link.ReadReplyAsync(limit);
    }

    private static AuthFault? Judge(SmtpReply? reply) => reply switch
    {
        { Code: 235 } => null,
        null => new AuthFault(null, null),
        { IsTransient: true } or { IsPermanent: true } => new AuthFault(reply, null) { AllowsNext = reply.IsPermanent },
        _ => new AuthFault(reply, "the reply does not fit the step"),
    };

    private static string Encode(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));

    private static string? Decode(SmtpReply reply)
    {
        byte[] octets = new byte[reply.Text.Length];
        return Convert.TryFromBase64String(reply.Text.Trim(), octets, out int length) ? Encoding.UTF8.GetString(octets, 0, length) : null;
    }
}
