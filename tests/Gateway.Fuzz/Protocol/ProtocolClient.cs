using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using Gateway.Smtp.Server;

namespace Gateway.Fuzz.Protocol;

/// <summary>Plays one case against a door and judges how the server behaved.</summary>
internal sealed class ProtocolClient : IDisposable
{
    private readonly ConversationAuditor _auditor = new();
    private readonly ProtocolCase _case;
    private readonly Random _cuts;
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly CancellationTokenSource _watchdog;
    private Stream _stream;
    private CancellationTokenSource _reading = new();
    private ReplyReader _replies = new();
    private bool _clientIsDone;
    private bool _wasReset;
    private string? _badReply;

    private ProtocolClient(ProtocolCase @case, TimeSpan patience, CancellationToken ct)
    {
        _case = @case;
        _cuts = new Random(@case.Cuts);
        _watchdog = CancellationTokenSource.CreateLinkedTokenSource(ct);
        _watchdog.CancelAfter(patience);
        _stream = Stream.Null;
    }

    /// <summary>Replies heard.</summary>
    public int Replies => _auditor.Replies;

    /// <summary>Octets sent, those of the TLS records not counted.</summary>
    public long Octets { get; private set; }

    /// <summary>Plays the case.</summary>
    /// <param name="case">What to do.</param>
    /// <param name="gateway">To whom.</param>
    /// <param name="patience">After which the case counts as a hang.</param>
    /// <param name="ct">Ends the attempt.</param>
    public static async Task<(Find? Find, int Replies, long Octets)> PlayAsync(ProtocolCase @case, FuzzGateway gateway, TimeSpan patience, CancellationToken ct)
    {
        using ProtocolClient client = new(@case, patience, ct);
        return (await client.PlayAsync(gateway), client.Replies, client.Octets);
    }

    public void Dispose()
    {
        _stream.Dispose();
        _socket.Dispose();
        _watchdog.Dispose();
        _reading.Dispose();
    }

    private async Task<Find?> PlayAsync(FuzzGateway gateway)
    {
        IPEndPoint me;
        Task reader = Task.CompletedTask;
        string stage = "connect";
        try
        {
            await _socket.ConnectAsync(gateway.Doors[(int)_case.Door], _watchdog.Token);
            me = (IPEndPoint)_socket.LocalEndPoint!;
            _stream = new NetworkStream(_socket, ownsSocket: false);
            bool beginsSecure = _case.Door == Door.Implicit && _case.Steps is [{ Kind: StepKind.Secure }, ..];
            if (_case.Door == Door.Implicit && !beginsSecure)
            {
                _auditor.Blind();
            }

            reader = beginsSecure ? reader : Read();

            for (int i = 0; i < _case.Steps.Count && !_wasReset; i++)
            {
                stage = $"step {i} {_case.Steps[i].Kind}";
                reader = await TakeStepAsync(_case.Steps[i], isFirst: i == 0, reader);
                if (_case.Steps[i].Kind == StepKind.Reset)
                {
                    break;
                }
            }

            stage = "end";
            if (!_wasReset && !_clientIsDone && _case.Steps is not [.., { Kind: StepKind.Stall }])
            {
                HalfClose();
            }

            await reader.WaitAsync(_watchdog.Token);
        }
        catch (OperationCanceledException)
        {
            return new Find("hang", $"the connection did not end; in {stage}, {_auditor.Replies} replies heard");
        }

        return await JudgeAsync(gateway.Accounting, me, gateway.Doors[(int)_case.Door], isAborted: _case.Steps.Any(static s => s.Kind == StepKind.Reset));
    }

    private async Task<Task> TakeStepAsync(ProtocolStep step, bool isFirst, Task reader)
    {
        switch (step.Kind)
        {
            case StepKind.Send or StepKind.Secure when _clientIsDone:
                return reader;
            case StepKind.Send:
                await SendAsync(step.Octets!);
                return reader;
            case StepKind.Wait:
                await Task.WhenAny(_auditor.SettledAsync(_watchdog.Token), reader);
                _watchdog.Token.ThrowIfCancellationRequested();
                return reader;
            case StepKind.Secure when _stream is not SslStream && (_auditor.IsTlsReady || (isFirst && _case.Door == Door.Implicit)):
                return await SecureAsync(reader);
            case StepKind.HalfClose:
                HalfClose();
                return reader;
            case StepKind.Reset:
                _wasReset = true;
                _socket.LingerState = new LingerOption(enable: true, seconds: 0);
                _socket.Close();
                return reader;
            default:
                return reader;
        }
    }

    private void HalfClose()
    {
        _clientIsDone = true;
        try
        {
            _socket.Shutdown(SocketShutdown.Send);
        }
        catch (SocketException)
        {
            // The server was faster.
        }
    }

    private async Task SendAsync(byte[] octets)
    {
        for (int at = 0; at < octets.Length;)
        {
            int count = _case.Cuts == 0 ? octets.Length : Math.Min(octets.Length - at, _cuts.Next(6) switch
            {
                0 => 1,
                1 => 1 + _cuts.Next(4),
                2 => 1 + _cuts.Next(40),
                3 => 1 + _cuts.Next(2000),
                _ => octets.Length,
            });
            try
            {
                // Before it is sent: the reply may come before this line ends.
                _auditor.Sent(octets.AsSpan(at, count));
                await _stream.WriteAsync(octets.AsMemory(at, count), _watchdog.Token);
            }
            catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException)
            {
                return;
            }

            at += count;
            Octets += count;
            if (at < octets.Length && _cuts.Next(8) == 0)
            {
                await Task.Delay(1, _watchdog.Token);
            }
        }
    }

    /// <summary>Holds the handshake; the reader of the clear text ends first, that of the secret one begins.</summary>
    private async Task<Task> SecureAsync(Task reader)
    {
        bool greetingFollows = _case.Door == Door.Implicit;
        await _reading.CancelAsync();
        await reader.WaitAsync(_watchdog.Token);
        if (_auditor.Violation is not null || _wasReset)
        {
            return reader;
        }

        SslStream ssl = new(_stream, leaveInnerStreamOpen: false);
        try
        {
#pragma warning disable CA5359 // The certificate is not what is tested.
            await ssl.AuthenticateAsClientAsync(
                new SslClientAuthenticationOptions { TargetHost = "gate.test", RemoteCertificateValidationCallback = static (_, _, _, _) => true }, _watchdog.Token);
#pragma warning restore CA5359
            _auditor.Secured(greetingFollows);
        }
        catch (Exception e) when (e is IOException or System.Security.Authentication.AuthenticationException)
        {
            _auditor.Blind();
            return Task.CompletedTask;
        }

        _stream = ssl;
        _replies = new ReplyReader();
        _reading.Dispose();
        _reading = new CancellationTokenSource();
        return Read();
    }

    private Task Read() => Task.Run(() => ReadAsync(_stream, _replies, _reading.Token));

    private async Task ReadAsync(Stream stream, ReplyReader replies, CancellationToken ct)
    {
        byte[] buffer = new byte[8192];
        try
        {
            int count;
            while ((count = await stream.ReadAsync(buffer, ct)) > 0)
            {
                if (!_auditor.IsBlind && (_case.Door != Door.Implicit || stream is SslStream))
                {
                    replies.Take(buffer.AsSpan(0, count), _auditor.Heard);
                }
            }

            _auditor.HungUp(_clientIsDone);
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException)
        {
            _wasReset = true;
        }
        catch (FormatException e)
        {
            _badReply = e.Message;
        }
        catch (OperationCanceledException)
        {
            // TLS takes over.
        }
    }

    private async Task<Find?> JudgeAsync(Accounting accounting, IPEndPoint me, IPEndPoint door, bool isAborted)
    {
        SessionAccount account = accounting.Of(me, door);
        SessionSummary summary;
        try
        {
            summary = await account.Closed.WaitAsync(_watchdog.Token);
        }
        catch (OperationCanceledException)
        {
            // A connection that is reset at once may never have been seen by a session.
            return isAborted && account.Accepted == 0 ? null : new Find("hang", "the connection is gone, its session is not closed");
        }
        finally
        {
            accounting.Forget(me, door);
        }

        return _badReply is not null && !isAborted ? new Find("reply-form", _badReply)
            : account.Broken is not null ? new Find("fault", account.Broken)
            : summary.End == SessionEnd.Fault ? new Find("fault", summary.Fault?.ToString() ?? "without an exception")
            // The handshake was over for the client but not, in time, for the server; it hung up on a session that never began.
            : summary.End == SessionEnd.TlsFailed && _auditor.HungUpOnUs ? null
            : _auditor.Violation is not null ? new Find("reply-order", $"{_auditor.Violation} (the session ended by {summary.End})")
            : summary.Messages != account.Accepted ? new Find("count", $"the summary says {summary.Messages} messages, the relay took {account.Accepted}")
            : _wasReset ? _auditor.Accepted > account.Accepted ? Miscount(account) : null
            : _auditor.Accepted != account.Accepted ? Miscount(account)
            : null;
    }

    private Find Miscount(SessionAccount account) => new("count", $"{_auditor.Accepted} messages answered 2xx, the relay took {account.Accepted}");
}
