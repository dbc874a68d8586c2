using System.IO.Pipelines;
using Gateway.Smtp.Protocol;
using Gateway.Smtp.Transport;

namespace Gateway.Smtp.Server;

/// <content>STARTTLS, and TLS from the first octet.</content>
/// <remarks>Source: RFC 3207, RFC 8314.</remarks>
internal sealed partial class SmtpSession
{
    private TlsUpgrade? _tls;
    private bool _mustUpgrade;

    private ListenerTls Tls => greetings.Tls;

    /// <summary>True when the handshake failed and there is nobody who could read a reply.</summary>
    private bool IsSpeechless => _tls is { Result.Facts: null };

    /// <summary>Says goodbye in TLS; the registry cuts the connection of a client that does not take it.</summary>
    public async ValueTask CloseTlsAsync()
    {
        if (_tls is not null)
        {
            if (!MustCut)
            {
                await _tls.CloseAsync();
            }

            await _tls.DisposeAsync();
        }
    }

    /// <summary>STARTTLS. That nothing was sent behind it is the command table's law: it must end its group.</summary>
    private SmtpReply StartTls(ReadOnlySpan<byte> argument)
    {
        if (!argument.IsEmpty)
        {
            return Replies.NoArgumentAllowed;
        }

        if (peer.Tls is not null)
        {
            return Replies.AlreadyEncrypted;
        }

        if (Tls.Mode is TlsMode.None)
        {
            return Replies.NotImplemented;
        }

        _mustUpgrade = true;
        return Replies.ReadyToStartTls;
    }

    /// <summary>RFC 3207 section 4: what may be said in clear where encryption is required.</summary>
    private bool NeedsTls(SmtpVerb verb) => Tls.Mode is TlsMode.Required && peer.Tls is null
        && verb is not (SmtpVerb.Ehlo or SmtpVerb.StartTls or SmtpVerb.Noop or SmtpVerb.Quit);

    /// <summary>Encrypts the connection and forgets all that was said before.</summary>
    private async ValueTask UpgradeAsync(CancellationToken gone)
    {
        _mustUpgrade = false;
        await FlushAsync();
        if (_end is not null)
        {
            return;
        }

        _tls = await TlsUpgrade.BeginAsync(new PlainPipes(_input, _output), Tls.Certificates!, Limits.TlsHandshakeTimeout, time, gone);
        TlsHandshake result = _tls.Result;
        peer.Tls = result.Facts;
        peer.TlsFailure = result.Failure;
        receiver.HandshakeEnded(result);
        _record.Note(result.Facts?.Version ?? "the TLS handshake failed");
        if (result.Facts is null)
        {
            End(SessionEnd.TlsFailed);
            return;
        }

        // New pipes: what came in clear stays behind with the old ones. A drain that woke the old pipe is seen at the next read.
        _input = _tls.Input;
        _output = _tls.Output;
        receiver.Reset();
        ForgetForwarded();
        _helloGiven = false;
        _phase = SessionPhase.Greeted;
        peer.Hello = string.Empty;
        peer.IsExtended = false;
    }

    private sealed record PlainPipes(PipeReader Input, PipeWriter Output) : IDuplexPipe;
}
