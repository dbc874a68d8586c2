using Gateway.Smtp.Protocol;
using Gateway.Smtp.Transport;

namespace Gateway.Smtp.Server;

/// <summary>The encryption of a session: STARTTLS, and TLS from the first octet.</summary>
/// <remarks>Threads: its session's. Source: RFC 3207, RFC 8314.</remarks>
internal sealed class SessionTls(SessionParts parts)
{
    private TlsUpgrade? _upgrade;

    /// <summary>When connections of the listener are encrypted.</summary>
    public TlsMode Mode => parts.Greetings.Tls.Mode;

    /// <summary>True when the handshake failed and there is nobody who could read a reply.</summary>
    public bool HasFailed => _upgrade is { Result.Facts: null };

    /// <summary>The reply that refuses STARTTLS, or null.</summary>
    public SmtpReply? RefuseStart(ReadOnlySpan<byte> argument) =>
        !argument.IsEmpty ? Replies.NoArgumentAllowed
        : parts.Peer.Tls is not null ? Replies.AlreadyEncrypted
        : Mode is TlsMode.None ? Replies.NotImplemented
        : null;

    /// <summary>RFC 3207 section 4: what may be said in clear where encryption is required.</summary>
    public bool IsNeededFor(SmtpVerb verb) => Mode is TlsMode.Required && parts.Peer.Tls is null
        && verb is not (SmtpVerb.Ehlo or SmtpVerb.StartTls or SmtpVerb.Noop or SmtpVerb.Quit);

    /// <summary>Encrypts the connection; what was said before must be forgotten then.</summary>
    /// <returns>False when the session ended instead.</returns>
    public async ValueTask<bool> UpgradeAsync(CancellationToken gone)
    {
        await parts.Replies.FlushAsync();
        if (parts.Outcome.IsOver)
        {
            return false;
        }

        _upgrade = await TlsUpgrade.BeginAsync(
            new PlainPipes(parts.Pipes.Input, parts.Pipes.Output), parts.Greetings.Tls.Certificates!, parts.Limits.TlsHandshakeTimeout, parts.Time, gone);
        TlsHandshake result = _upgrade.Result;
        parts.Peer.Tls = result.Facts;
        parts.Peer.TlsFailure = result.Failure;
        parts.Receiver.HandshakeEnded(result);
        parts.Record.Note(result.Facts?.Version ?? "the TLS handshake failed");
        if (result.Facts is null)
        {
            parts.Outcome.End(SessionEnd.TlsFailed);
            return false;
        }

        // New pipes: what came in clear stays behind with the old ones. A drain that woke the old pipe is seen at the next read.
        parts.Pipes.Replace(_upgrade.Input, _upgrade.Output);
        return true;
    }

    /// <summary>Says goodbye in TLS; the registry cuts the connection of a client that does not take it.</summary>
    public async ValueTask CloseAsync()
    {
        if (_upgrade is not null)
        {
            if (!parts.Replies.MustCut)
            {
                await _upgrade.CloseAsync();
            }

            await _upgrade.DisposeAsync();
        }
    }

    private sealed record PlainPipes(System.IO.Pipelines.PipeReader Input, System.IO.Pipelines.PipeWriter Output) : System.IO.Pipelines.IDuplexPipe;
}
