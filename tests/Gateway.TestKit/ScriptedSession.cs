using System.Buffers;
using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace Gateway.TestKit;

/// <summary>One conversation of a <see cref="ScriptedSmtpServer"/>.</summary>
internal sealed class ScriptedSession(ScriptedSmtpServer server, Socket socket, int number)
{
    private readonly WireInput _input = new(socket);
    private readonly ArrayBufferWriter<byte> _chunks = new();
    private readonly ArrayBufferWriter<byte> _output = new();
    private readonly List<string> _recipients = [];
    private readonly List<string> _recipientLines = [];
    private string _sender = string.Empty;
    private string _mailLine = string.Empty;
    private bool _mailTaken;
    private int _message;
    private ContentReader? _content;
    private bool _contentEnded;

    /// <summary>Ends when the connection does.</summary>
    public Task Completion { get; private set; } = Task.CompletedTask;

    public void Start(Action ended, CancellationToken stop) => Completion = Task.Run(
        async () =>
        {
            try
            {
                await RunAsync(stop);
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException or OperationCanceledException)
            {
                server.Note(number, "!: " + e.Message);
            }
            finally
            {
                socket.Dispose();
                ended();
            }
        },
        CancellationToken.None);

    public void Abort() => socket.Dispose();

    private async Task RunAsync(CancellationToken stop)
    {
        bool open = await ActAsync(SmtpStep.Connect, string.Empty, "220 scripted.test ESMTP", stop) is not null;
        while (open)
        {
            if (!_input.HasMore || _input.Buffered.IndexOf("\r\n"u8) < 0)
            {
                await FlushAsync(stop);
            }

            if (await _input.ReadLineAsync(stop) is not { } line)
            {
                return;
            }

            server.Note(number, "C: " + line);
            if (server.RefusePipelining && _input.HasMore)
            {
                Reply(Encoding.ASCII.GetBytes("503 5.5.0 wait for the reply\r\n"));
                await FlushAsync(stop);
                return;
            }

            open = await ObeyAsync(line, stop);
        }

        await FlushAsync(stop);
    }

    private async Task<bool> ObeyAsync(string line, CancellationToken stop)
    {
        string verb = line.Split(' ', ':')[0].ToUpperInvariant();
        switch (verb)
        {
            case "EHLO":
                return await ActAsync(SmtpStep.Ehlo, line, EhloReply(), stop) is not null;
            case "HELO":
                return await ActAsync(SmtpStep.Helo, line, "250 scripted.test", stop) is not null;
            case "MAIL":
                Forget();
                _message = server.CountMail();
                _mailLine = line;
                _sender = Path(line);
                char? begun = await ActAsync(SmtpStep.Mail, line, "250 2.1.0 Ok", stop);
                _mailTaken = begun == '2';
                return begun is not null;
            case "RCPT":
                char? taken = await ActAsync(SmtpStep.Rcpt, line, _mailTaken ? "250 2.1.5 Ok" : "503 5.5.1 MAIL first", stop);
                if (taken == '2')
                {
                    _recipients.Add(Path(line));
                    _recipientLines.Add(line);
                }

                return taken is not null;
            case "DATA":
                char? go = await ActAsync(
                    SmtpStep.Data, line, _recipients.Count > 0 ? "354 go on" : "554 5.5.1 no valid recipients", stop);
                return go == '3' ? await TakeContentAsync(stop) : go is not null;
            case "BDAT":
                return await TakeChunkAsync(line, stop);
            case "RSET":
                Forget();
                return await ActAsync(SmtpStep.Rset, line, "250 2.0.0 Ok", stop) is not null;
            case "NOOP":
                return await ActAsync(SmtpStep.Noop, line, "250 2.0.0 Ok", stop) is not null;
            case "QUIT":
                await ActAsync(SmtpStep.Quit, line, "221 2.0.0 bye", stop);
                return false;
            default:
                return await ActAsync(SmtpStep.Other, line, "500 5.5.2 what?", stop) is not null;
        }
    }

    private async Task<bool> TakeContentAsync(CancellationToken stop)
    {
        await FlushAsync(stop);
        _content = new ContentReader();
        _contentEnded = false;
        if (await ActAsync(SmtpStep.Body, string.Empty, null, stop) is null || !await ReadContentAsync(long.MaxValue, stop))
        {
            return false;
        }

        byte[] octets = _content.Content;
        server.Note(number, string.Create(CultureInfo.InvariantCulture, $"C: <{octets.Length} octets of content>"));
        ReceivedMessage message = new(number, _sender, [.. _recipients], _mailLine, [.. _recipientLines], octets);
        char? taken = await ActAsync(
            SmtpStep.FinalDot,
            string.Empty,
            _recipients.Count > 0 ? string.Create(CultureInfo.InvariantCulture, $"250 2.0.0 Ok: queued as S{_message}") : "554 5.5.1 no valid recipients",
            stop);
        if (taken == '2')
        {
            server.Record(message);
        }

        Forget();
        return taken is not null;
    }

    // A chunk is taken by its count; the last one ends the message, with the same steps as DATA.
    private async Task<bool> TakeChunkAsync(string line, CancellationToken stop)
    {
        string[] words = line.Split(' ');
        int left = int.Parse(words[1], CultureInfo.InvariantCulture);
        while (left > 0)
        {
            if (_input.Buffered.IsEmpty && !await _input.FillAsync(stop, server.BodyReadOctets))
            {
                server.Note(number, "!: the client hung up in the middle of a chunk");
                return false;
            }

            int taken = Math.Min(left, _input.Buffered.Length);
            _chunks.Write(_input.Buffered[..taken]);
            _input.Advance(taken);
            left -= taken;
        }

        bool last = words.Length > 2;
        string usual = _recipients.Count == 0 ? "503 5.5.1 no recipients" : "250 2.0.0 Ok";
        ReceivedMessage message = new(number, _sender, [.. _recipients], _mailLine, [.. _recipientLines], _chunks.WrittenSpan.ToArray());
        char? said = await ActAsync(last ? SmtpStep.FinalDot : SmtpStep.Other, line, usual, stop);
        if (last)
        {
            if (said == '2')
            {
                server.Record(message);
            }

            Forget();
        }

        return said is not null;
    }

    // False when the connection ended before the terminator.
    private async Task<bool> ReadContentAsync(long most, CancellationToken stop)
    {
        while (!_contentEnded && most > 0)
        {
            if (_input.Buffered.IsEmpty)
            {
                if (server.BodyReadPause > TimeSpan.Zero)
                {
                    await Task.Delay(server.BodyReadPause, stop);
                }

                if (!await _input.FillAsync(stop, server.BodyReadOctets))
                {
                    server.Note(number, "!: the client hung up in the middle of the content");
                    return false;
                }
            }

            int offered = (int)Math.Min(_input.Buffered.Length, most);
            int taken = _content!.Take(_input.Buffered[..offered], out _contentEnded);
            _input.Advance(taken);
            most -= taken;
        }

        return true;
    }

    // The first digit of the last reply said, ' ' when nothing was said, null when the connection is over.
    private async Task<char?> ActAsync(SmtpStep step, string line, string? usual, CancellationToken stop)
    {
        SmtpAction? action = server.Ask(new SmtpMoment(step, line, number, _message, _sender, [.. _recipients])) ?? SmtpAction.Usual;
        char said = ' ';
        for (; action is not null; action = action.Next)
        {
            switch (action.Kind)
            {
                case SmtpAction.ActionKind.Usual when usual is not null:
                    said = usual[0];
                    Reply(Encoding.ASCII.GetBytes(usual.Replace("\n", "\r\n", StringComparison.Ordinal) + "\r\n"));
                    break;
                case SmtpAction.ActionKind.Reply:
                    said = action.Octets.Length > 0 ? (char)action.Octets[0] : ' ';
                    Reply(action.Octets);
                    break;
                case SmtpAction.ActionKind.Wait:
                    await FlushAsync(stop);
                    await action.Gate().WaitAsync(stop).ContinueWith(static _ => { }, stop, TaskContinuationOptions.None, TaskScheduler.Default);
                    break;
                case SmtpAction.ActionKind.ReadBody:
                    if (!await ReadContentAsync(action.BodyOctets, stop))
                    {
                        return null;
                    }

                    break;
                case SmtpAction.ActionKind.Hang:
                    await FlushAsync(stop);
                    await HangAsync(stop);
                    return null;
                case SmtpAction.ActionKind.Drop:
                    await FlushAsync(stop);
                    await CloseGentlyAsync(stop);
                    return null;
                case SmtpAction.ActionKind.Reset:
                    await FlushAsync(stop);
                    socket.LingerState = new LingerOption(enable: true, seconds: 0);
                    return null;
                default:
                    break;
            }
        }

        if (step is SmtpStep.Connect or SmtpStep.Body)
        {
            await FlushAsync(stop);
        }

        return said;
    }

    private void Reply(byte[] octets)
    {
        foreach (string line in Encoding.Latin1.GetString(octets).Split("\r\n", StringSplitOptions.RemoveEmptyEntries))
        {
            server.Note(number, "S: " + line);
        }

        _output.Write(octets);
    }

    private async Task FlushAsync(CancellationToken stop)
    {
        ReadOnlyMemory<byte> rest = _output.WrittenSpan.ToArray();
        _output.Clear();
        while (!rest.IsEmpty)
        {
            rest = rest[await socket.SendAsync(rest, stop)..];
        }
    }

    // Reading nothing would not show that the client is gone: poll for it.
    private async Task HangAsync(CancellationToken stop)
    {
        while (!(socket.Poll(0, SelectMode.SelectRead) && socket.Available == 0) && !socket.Poll(0, SelectMode.SelectError))
        {
            await Task.Delay(5, stop);
        }
    }

    // Closing with unread input would be a reset and could eat the reply in front of it: say FIN, then read it away.
    private async Task CloseGentlyAsync(CancellationToken stop)
    {
        socket.Shutdown(SocketShutdown.Send);
        _input.Advance(_input.Buffered.Length);
        while (await _input.FillAsync(stop))
        {
            _input.Advance(_input.Buffered.Length);
        }
    }

    private void Forget()
    {
        _recipients.Clear();
        _recipientLines.Clear();
        _chunks.Clear();
        _sender = string.Empty;
        _mailTaken = false;
    }

    private string EhloReply()
    {
        string[] lines = ["scripted.test", .. server.Capabilities];
        return string.Join('\n', lines.Select((text, i) => (i == lines.Length - 1 ? "250 " : "250-") + text));
    }

    private static string Path(string line)
    {
        int open = line.IndexOf('<', StringComparison.Ordinal);
        int close = line.LastIndexOf('>');
        return open >= 0 && close > open ? line[(open + 1)..close] : string.Empty;
    }
}
