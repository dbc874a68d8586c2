using System.Buffers;
using System.IO.Pipelines;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Gateway.Smtp.Protocol;
using SmtpServer.IO;

namespace Gateway.Smtp.Server.PackageEngine;

/// <summary>One conversation whose commands the package SmtpServer reads; the clock, the replies, the bounds and the content are ours.</summary>
/// <remarks>
/// Two readers see each line: the package decides what it is and whether it comes in order, ours checks what it says. Only what both accept is
/// carried out. The package never sees the content of a message: in its place it reads a placeholder of two lines.
/// Fails: what the package throws on a line ends the session with 501; a fault of ours is 421.
/// Threads: one. Decision 0030.
/// </remarks>
internal sealed partial class PackageSession : ISecurableDuplexPipe
{
    private readonly SessionParts _parts;
    private readonly PackageServer _server;
    private readonly CommandLines _lines;
    private readonly ContentReceiver _content;
    private readonly SaslDialogue _sasl;
    private readonly EnvelopeCommands _envelope;
    private readonly TaskCompletionSource _over = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private SessionPhase _phase = SessionPhase.Greeted;
    private CancellationToken _gone;
    private Exception? _fault;

    // The line under way with its line end, its command, and what ours makes of it; Answered before the first.
    private byte[] _line = [];
    private SmtpVerb _verb;
    private Step? _step;
    private ReceivedContent _received;
    private LineState _state = LineState.Answered;

    /// <summary>Makes the session of a new connection.</summary>
    public PackageSession(SessionParts parts, PackageServer server)
    {
        _parts = parts;
        _server = server;
        _lines = new CommandLines(parts.Clock, parts.Limits);
        _content = new ContentReceiver(parts);
        _sasl = new SaslDialogue(parts);
        _envelope = new EnvelopeCommands(parts);
        Questions = new PackageQuestions(this);
        Input = new PackageLines(this);
        Output = new PackageReplies(this);
    }

    /// <summary>How far the line under way is.</summary>
    private enum LineState
    {
        /// <summary>The package reads it.</summary>
        Read,

        /// <summary>The package has read it and carries it out.</summary>
        Executing,

        /// <summary>The package asks for the content of a message.</summary>
        Content,

        /// <summary>It was answered; what the package says beside that is dropped.</summary>
        Answered,
    }

    /// <summary>What the package asks.</summary>
    public PackageQuestions Questions { get; }

    /// <inheritdoc/>
    public PipeReader Input { get; }

    /// <inheritdoc/>
    public PipeWriter Output { get; }

    /// <inheritdoc/>
    public bool IsSecure => _parts.Peer.Tls is not null;

    /// <inheritdoc/>
    public SslProtocols SslProtocol => SslProtocols.None;

    private SessionOutcome Outcome => _parts.Outcome;

    /// <summary>Has the package hold the conversation to the end of the session.</summary>
    public async Task TalkAsync(CancellationToken gone)
    {
        _gone = gone;
        await _server.ServeAsync(this, gone);
        await _over.Task;
        if (_fault is not null && !Outcome.IsOver)
        {
            await AnswerFaultAsync(_fault);
        }

        Outcome.End(SessionEnd.Disconnected);
        if (!_parts.Tls.HasFailed)
        {
            await _parts.Replies.FlushAsync();
        }
    }

    /// <summary>The package gave the session up.</summary>
    public void Fault(Exception fault) => _fault = fault;

    /// <inheritdoc/>
    /// <remarks>The last that the package does with a session.</remarks>
    public void Dispose() => _over.TrySetResult();

    /// <inheritdoc/>
    public async Task UpgradeAsync(X509Certificate certificate, SslProtocols protocols, CancellationToken cancellationToken = default)
    {
        if (!Outcome.IsOver && await GuardAsync(_parts.Tls.UpgradeAsync(_gone)))
        {
            // All that was said in clear is forgotten.
            ResetTransaction();
            _phase = SessionPhase.Greeted;
            _parts.ForgetHello();
        }
    }

    /// <summary>What the package reads next: a line with its end, a placeholder for a message that came; empty at the end of the session.</summary>
    public async ValueTask<byte[]> NextAsync()
    {
        // The package's loop that takes sessions waits for none of them.
        await Task.Yield();
        if (_state == LineState.Content)
        {
            _state = LineState.Executing;
            await GuardAsync(_content.TransferDataAsync(_gone));
            // For a session that is over too: at an end of input within the content the package throws.
            return Placeholder;
        }

        while (!Outcome.IsOver)
        {
            if (await GuardAsync(ReadLineAsync()))
            {
                return _line;
            }
        }

        return [];
    }

    /// <summary>Waits for a line; answers it where the package must not see it.</summary>
    /// <returns>True when the package is to read it.</returns>
    private async ValueTask<bool> ReadLineAsync()
    {
        if (await _parts.Input.ReadAsync(_parts.Limits.CommandTimeout, _lines.Due) is not ReadResult read)
        {
            return false;
        }

        ReadOnlySequence<byte> buffer = read.Buffer;
        if (!_lines.TryTake(ref buffer, out TakenLine line))
        {
            KeepPartial(read, buffer);
            return false;
        }

        Outcome.Commands++;
        _verb = _sasl.IsRunning ? SmtpVerb.Auth : SmtpVerb.Unknown;
        _parts.RecordLine(line, isSecret: _sasl.IsRunning);
        Step? refusal = Refuse(line, isLast: buffer.IsEmpty);
        _parts.Pipes.Input.AdvanceTo(buffer.Start);
        _step = refusal is null ? await PrepareAsync() : null;
        _state = LineState.Read;
        if (refusal is not Step step)
        {
            return !Outcome.IsOver;
        }

        _state = LineState.Answered;
        _parts.Settle(step, _verb);
        return false;
    }

    private void KeepPartial(in ReadResult read, ReadOnlySequence<byte> buffer)
    {
        if (!buffer.IsEmpty && _lines.KeepPartial(ref buffer) is > 0 and long octets)
        {
            _parts.EndOverlong(octets);
        }

        _parts.Pipes.Input.AdvanceTo(buffer.Start, buffer.End);
        if (read.IsCompleted)
        {
            Outcome.End(SessionEnd.Disconnected);
        }
    }

    /// <summary>Runs a part of ours inside the package, which would answer what it throws with a permanent reply.</summary>
    [CatchesAll("a fault of ours costs this session and nothing else: it is told, answered 421 and logged")]
    private async ValueTask<T?> GuardAsync<T>(ValueTask<T> part)
    {
        try
        {
            return await part;
        }
        catch (OperationCanceledException) when (_gone.IsCancellationRequested)
        {
            Outcome.End(SessionEnd.Disconnected);
        }
        catch (Exception e)
        {
            await _parts.FailAsync(e);
        }

        return default;
    }

    private async ValueTask AnswerFaultAsync(Exception fault)
    {
        // AUTH decodes while it is carried out; all else that the package cannot read it gives up before.
        bool isOfReader = (_state == LineState.Read || _verb == SmtpVerb.Auth)
            && fault is FormatException or ArgumentException or NotImplementedException or IndexOutOfRangeException;
        if (!isOfReader)
        {
            await _parts.FailAsync(fault);
            return;
        }

        SmtpReply reply = _step?.Answer is { IsPermanent: true } refusal ? refusal : OwnRefusal() ?? PackageRefusals.Unreadable;
        _parts.Settle(Step.Close(reply, SessionEnd.ProtocolViolation), _verb);
    }

    private void ResetTransaction()
    {
        _parts.Receiver.Reset();
        _content.Reset();
        _phase = SessionPhase.Ready;
    }
}
