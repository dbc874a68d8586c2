using System.Buffers;
using System.Buffers.Text;
using Gateway.Smtp.Protocol;
using Gateway.Smtp.Server.Auth;

namespace Gateway.Smtp.Server;

/// <content>AUTH: who the client is.</content>
/// <remarks>
/// While an exchange runs every line is a response and a secret: nothing of it may be logged or recorded.
/// Source: RFC 4954.
/// </remarks>
internal sealed partial class SmtpSession
{
    // Checks of passwords at the same time: each computes for tens of milliseconds, and guessers must not take all cores.
    private static readonly SemaphoreSlim Checks = new(Math.Max(1, Environment.ProcessorCount / 2));

    private SaslExchange? _sasl;
    private int _authFailures;

    /// <summary>True while the next line is a secret.</summary>
    public bool IsAuthenticating => _sasl is not null;

    private ValueTask<SmtpReply> Auth(ReadOnlySpan<byte> argument)
    {
        SmtpReply? refusal = Tls.Users is null ? Replies.NotImplemented
            : peer.Tls is null ? Replies.EncryptionRequired
            : peer.AuthenticatedUser is not null ? Replies.AlreadyAuthenticated
            : _phase != SessionPhase.Ready || !peer.IsExtended ? Replies.NoAuthNow
            : null;
        if (refusal is not null)
        {
            return new(refusal);
        }

        int space = argument.IndexOf((byte)' ');
        ReadOnlySpan<byte> mechanism = space < 0 ? argument : argument[..space];
        if (mechanism.IsEmpty)
        {
            return new(Replies.BadAuth);
        }

        _sasl = SaslExchange.Begin(mechanism, Tls.Users!.Current);
        if (_sasl is null)
        {
            return new(Replies.UnknownMechanism);
        }

        if (space < 0)
        {
            return new(Challenge(_sasl.First));
        }

        ReadOnlySpan<byte> initial = argument[space..].TrimStart((byte)' ');
        // A lone equals sign is an initial response of no octets.
        return Respond(initial.SequenceEqual("="u8) ? default : initial);
    }

    /// <summary>Takes the line behind a 334.</summary>
    private ValueTask<SmtpReply> AuthResponse(ReadOnlySpan<byte> line, bool isLast)
    {
        if (!isLast)
        {
            _sasl = null;
            End(SessionEnd.ProtocolViolation);
            return new(Replies.NotSynchronized);
        }

        if (line.SequenceEqual("*"u8))
        {
            _sasl = null;
            return new(Replies.AuthCancelled);
        }

        return Respond(line);
    }

    /// <summary>A line behind a 334 that does not end in CRLF: its 500 ends the exchange, so the next line is a command again.</summary>
    private SmtpReply MalformedResponse(ReadOnlySpan<byte> line, bool isLast)
    {
        _sasl = null;
        if (isLast)
        {
            return Malformed(line, Replies.BareLineFeed);
        }

        End(SessionEnd.ProtocolViolation);
        return Replies.NotSynchronized;
    }

    private ValueTask<SmtpReply> Respond(ReadOnlySpan<byte> base64)
    {
        byte[] octets = new byte[Base64.GetMaxDecodedFromUtf8Length(base64.Length)];
        int length = 0;
        // The decoder passes over blanks; a response has none.
        bool ok = !base64.ContainsAnyInRange((byte)0, (byte)' ')
            && Base64.DecodeFromUtf8(base64, octets, out _, out length) == OperationStatus.Done;
        SaslStep step = ok ? _sasl!.Next(octets.AsSpan(0, length)) : SaslStep.Malformed;
        System.Security.Cryptography.CryptographicOperations.ZeroMemory(octets);
        switch (step.Kind)
        {
            case SaslStepKind.Challenge:
                return new(Challenge(step.Challenge!));
            case SaslStepKind.Malformed:
                _sasl = null;
                return new(Replies.BadAuthResponse);
            case SaslStepKind.Success:
                return new(Authenticated(step.User!));
            case SaslStepKind.Failure:
                return AuthFailedAsync();
            default:
                return CheckAsync(step.User!, step.Password!);
        }
    }

    private async ValueTask<SmtpReply> CheckAsync(string user, SaslPassword password)
    {
        UserList users = Tls.Users!.Current;
        await Checks.WaitAsync();
        bool fits;
        try
        {
            fits = await Task.Run(() => users.Verify(user, password));
        }
        finally
        {
            Checks.Release();
        }

        return fits ? Authenticated(user) : await AuthFailedAsync();
    }

    private SmtpReply Authenticated(string user)
    {
        receiver.AuthenticationEnded(_sasl!.Mechanism, user, ok: true);
        _sasl = null;
        peer.AuthenticatedUser = user;
        return Replies.Authenticated;
    }

    private async ValueTask<SmtpReply> AuthFailedAsync()
    {
        receiver.AuthenticationEnded(_sasl!.Mechanism, _sasl.Claimed, ok: false);
        _sasl = null;
        peer.AuthenticationFailures = ++_authFailures;
        if (Limits.AuthFailureDelay > TimeSpan.Zero)
        {
            // Bounded, and the count of sessions is bounded too, so the wait needs no token.
            await Task.Delay(Limits.AuthFailureDelay * _authFailures, time);
        }

        return _authFailures >= Limits.AuthFailures ? Replies.TooManyAuthFailures : Replies.AuthFailed;
    }

    private static SmtpReply Challenge(byte[] octets) => new(334, default, Convert.ToBase64String(octets));
}
