using System.Buffers;
using System.Buffers.Text;
using Gateway.Smtp.Protocol;
using Gateway.Smtp.Server.Auth;

namespace Gateway.Smtp.Server;

/// <summary>AUTH: who the client is.</summary>
/// <remarks>
/// While an exchange runs every line is a response and a secret: nothing of it may be logged or recorded.
/// Threads: its session's. Source: RFC 4954.
/// </remarks>
internal sealed class SaslDialogue(SessionParts parts)
{
    // Checks of passwords at the same time: each computes for tens of milliseconds, and guessers must not take all cores.
    private static readonly SemaphoreSlim Checks = new(Math.Max(1, Environment.ProcessorCount / 2));

    private SaslExchange? _exchange;
    private int _failures;

    /// <summary>True while the next line is a secret.</summary>
    public bool IsRunning => _exchange is not null;

    private SmtpPeer Peer => parts.Peer;

    private ListenerTls Listener => parts.Greetings.Tls;

    /// <summary>The reply that refuses AUTH whatever is behind it, or null.</summary>
    public SmtpReply? Refuse(SessionPhase phase) =>
        Listener.Users is null ? Replies.NotImplemented
        : Peer.Tls is null ? Replies.EncryptionRequired
        : Peer.AuthenticatedUser is not null ? Replies.AlreadyAuthenticated
        : phase != SessionPhase.Ready || !Peer.IsExtended ? Replies.NoAuthNow
        : null;

    /// <summary>AUTH.</summary>
    public ValueTask<Step> BeginAsync(ReadOnlySpan<byte> argument, SessionPhase phase)
    {
        if (Refuse(phase) is SmtpReply refusal)
        {
            return new(Step.Reply(refusal));
        }

        int space = argument.IndexOf((byte)' ');
        ReadOnlySpan<byte> mechanism = space < 0 ? argument : argument[..space];
        if (mechanism.IsEmpty)
        {
            return new(Step.Reply(Replies.BadAuth));
        }

        _exchange = SaslExchange.Begin(mechanism, Listener.Users!.Current);
        if (_exchange is null)
        {
            return new(Step.Reply(Replies.UnknownMechanism));
        }

        if (space < 0)
        {
            return new(Challenge(_exchange.First));
        }

        ReadOnlySpan<byte> initial = argument[space..].TrimStart((byte)' ');
        // A lone equals sign is an initial response of no octets.
        return RespondAsync(initial.SequenceEqual("="u8) ? default : initial);
    }

    /// <summary>Takes the line behind a 334, without its line end.</summary>
    public ValueTask<Step> TakeResponseAsync(ReadOnlySpan<byte> line, bool isLast)
    {
        if (!isLast)
        {
            _exchange = null;
            return new(Step.Close(Replies.NotSynchronized, SessionEnd.ProtocolViolation));
        }

        return line.SequenceEqual("*"u8) ? new(End(Replies.AuthCancelled)) : RespondAsync(line);
    }

    /// <summary>Ends the exchange without a result, so that the next line is a command again.</summary>
    public Step End(SmtpReply reply)
    {
        _exchange = null;
        return Step.Reply(reply);
    }

    private ValueTask<Step> RespondAsync(ReadOnlySpan<byte> base64)
    {
        byte[] octets = new byte[Base64.GetMaxDecodedFromUtf8Length(base64.Length)];
        int length = 0;
        // The decoder passes over blanks; a response has none.
        bool ok = !base64.ContainsAnyInRange((byte)0, (byte)' ')
            && Base64.DecodeFromUtf8(base64, octets, out _, out length) == OperationStatus.Done;
        SaslStep step = ok ? _exchange!.Next(octets.AsSpan(0, length)) : SaslStep.Malformed;
        System.Security.Cryptography.CryptographicOperations.ZeroMemory(octets);
        return step.Kind switch
        {
            SaslStepKind.Challenge => new(Challenge(step.Challenge!)),
            SaslStepKind.Malformed => new(End(Replies.BadAuthResponse)),
            SaslStepKind.Success => new(Succeed(step.User!)),
            SaslStepKind.Failure => FailAsync(),
            _ => CheckAsync(step.User!, step.Password!),
        };
    }

    private async ValueTask<Step> CheckAsync(string user, SaslPassword password) =>
        await FitsAsync(user, password) ? Succeed(user) : await FailAsync();

    private async ValueTask<bool> FitsAsync(string user, SaslPassword password)
    {
        UserList users = Listener.Users!.Current;
        await Checks.WaitAsync();
        try
        {
            return await Task.Run(() => users.Verify(user, password));
        }
        finally
        {
            Checks.Release();
        }
    }

    private Step Succeed(string user)
    {
        parts.Receiver.AuthenticationEnded(_exchange!.Mechanism, user, ok: true);
        Peer.AuthenticatedUser = user;
        return End(Replies.Authenticated);
    }

    private async ValueTask<Step> FailAsync()
    {
        parts.Receiver.AuthenticationEnded(_exchange!.Mechanism, _exchange.Claimed, ok: false);
        _exchange = null;
        Peer.AuthenticationFailures = ++_failures;
        if (parts.Limits.AuthFailureDelay > TimeSpan.Zero)
        {
            // Bounded, and the count of sessions is bounded too, so the wait needs no token.
            await Task.Delay(parts.Limits.AuthFailureDelay * _failures, parts.Time);
        }

        return Step.Reply(_failures >= parts.Limits.AuthFailures ? Replies.TooManyAuthFailures : Replies.AuthFailed);
    }

    private static Step Challenge(byte[] octets) => Step.Challenge(new SmtpReply(334, default, Convert.ToBase64String(octets)));
}
