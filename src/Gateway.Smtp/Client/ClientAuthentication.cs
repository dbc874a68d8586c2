using System.Security.Cryptography;
using System.Text;
using Gateway.Smtp.Protocol;
using Gateway.Smtp.Server.Auth;

namespace Gateway.Smtp.Client;

/// <summary>How an authentication failed.</summary>
/// <param name="Reply">The host's reply, or null when that was not the reason.</param>
/// <param name="Detail">The reason in words; never holds anything of the password.</param>
internal readonly record struct AuthFault(SmtpReply? Reply, string? Detail);

/// <summary>AUTH towards a host, with the best mechanism that both know: SCRAM-SHA-256, PLAIN, LOGIN.</summary>
/// <remarks>
/// Promises: nothing is said on a link that is not encrypted. No other mechanism is tried when one fails: a wrong password is wrong with all.
/// Source: RFC 4954, RFC 4616, RFC 5802.
/// </remarks>
internal sealed class ClientAuthentication(DownstreamLink link, DownstreamAccess access, TimeSpan limit)
{
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

        // RFC 4616 and RFC 5802 prepare names and passwords alike; what cannot be prepared goes as it is.
        string user = SaslPrep.Prepare(access.User) ?? access.User;
        password = SaslPrep.Prepare(password) ?? password;
        return offered.HasFlag(AuthMechanisms.ScramSha256) ? await ScramAsync(new ScramClient(user, password, Nonce()))
            : offered.HasFlag(AuthMechanisms.Plain) ? Judge(await SayAsync("AUTH PLAIN " + Encode($"\0{user}\0{password}")))
            : offered.HasFlag(AuthMechanisms.Login) ? await LoginAsync(user, password)
            : new AuthFault(null, "the host offers none of SCRAM-SHA-256, PLAIN, LOGIN");
    }

    private static string Nonce() => Convert.ToBase64String(RandomNumberGenerator.GetBytes(18));

    private async Task<AuthFault?> LoginAsync(string user, string password)
    {
        SmtpReply? reply = await SayAsync("AUTH LOGIN");
        reply = reply is { Code: 334 } ? await SayAsync(Encode(user)) : reply;
        return Judge(reply is { Code: 334 } ? await SayAsync(Encode(password)) : reply);
    }

    private async Task<AuthFault?> ScramAsync(ScramClient scram)
    {
        SmtpReply? reply = await SayAsync($"AUTH {ScramCredentials.Mechanism} {Encode(scram.First)}");
        if (reply is not { Code: 334 })
        {
            return Judge(reply);
        }

        if (Decode(reply) is not string challenge || scram.Final(challenge) is not string final)
        {
            return await CancelAsync("the host's SCRAM challenge makes no sense");
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
    private async Task<AuthFault?> CancelAsync(string why)
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
        { IsTransient: true } or { IsPermanent: true } => new AuthFault(reply, null),
        _ => new AuthFault(reply, "the reply does not fit the step"),
    };

    private static string Encode(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));

    private static string? Decode(SmtpReply reply)
    {
        byte[] octets = new byte[reply.Text.Length];
        return Convert.TryFromBase64String(reply.Text.Trim(), octets, out int length) ? Encoding.UTF8.GetString(octets, 0, length) : null;
    }
}
