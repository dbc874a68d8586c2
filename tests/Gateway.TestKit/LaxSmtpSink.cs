using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Gateway.TestKit;

/// <summary>One message as a <see cref="LaxSmtpSink"/> understood it.</summary>
/// <param name="Sender">What stood behind MAIL.</param>
/// <param name="Head">The first octets of the content, one character each.</param>
/// <param name="Length">Octets of the content, still dot-stuffed.</param>
public sealed record LaxMessage(string Sender, string Head, long Length);

/// <summary>The most gullible mail host there can be: every known false end of data ends a message here.</summary>
/// <remarks>
/// A line end is CRLF, LF or CR; NUL is as good as absent; a dot between two line ends of any kind is the end of data, and what
/// follows is taken for commands. Whatever a sender can smuggle past some host, it smuggles past this one, so a message that arrives
/// here as one arrives anywhere as one. It offers no CHUNKING: content has to come by DATA.
/// Threads: members may be called at any time.
/// </remarks>
public sealed class LaxSmtpSink : IAsyncDisposable
{
    private const int HeadOctets = 4096;

    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _gate = new();
    private readonly List<Task> _sessions = [];
    private readonly Action<LaxMessage> _onMessage;

    /// <summary>Starts listening on a free loopback port.</summary>
    /// <param name="onMessage">Hears of each message before it is answered; called by many threads.</param>
    public LaxSmtpSink(Action<LaxMessage> onMessage)
    {
        _onMessage = onMessage;
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen(512);
        EndPoint = (IPEndPoint)_listener.LocalEndPoint!;
        _ = AcceptAsync();
    }

    /// <summary>Where it listens.</summary>
    public IPEndPoint EndPoint { get; }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Dispose();
        Task[] open;
        lock (_gate)
        {
            open = [.. _sessions];
        }

        await Task.WhenAll(open);
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            Socket socket;
            try
            {
                socket = await _listener.AcceptAsync(_stop.Token);
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException or OperationCanceledException)
            {
                return;
            }

            lock (_gate)
            {
                _sessions.RemoveAll(static s => s.IsCompleted);
                _sessions.Add(TalkAsync(socket));
            }
        }
    }

    private async Task TalkAsync(Socket socket)
    {
        await Task.Yield();
        using (socket)
        {
            socket.NoDelay = true;
            Conversation conversation = new(_onMessage);
            byte[] buffer = new byte[64 * 1024];
            try
            {
                await socket.SendAsync("220 sink.test ESMTP\r\n"u8.ToArray(), _stop.Token);
                int count;
                while (!conversation.IsOver && (count = await socket.ReceiveAsync(buffer, _stop.Token)) > 0)
                {
                    string replies = conversation.Take(buffer.AsSpan(0, count));
                    if (replies.Length > 0)
                    {
                        await socket.SendAsync(Encoding.Latin1.GetBytes(replies), _stop.Token);
                    }
                }
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException or OperationCanceledException)
            {
                // The relay went away, or this host does.
            }
        }
    }

    /// <summary>One conversation, octet by octet.</summary>
    private sealed class Conversation(Action<LaxMessage> onMessage)
    {
        private readonly StringBuilder _line = new();
        private readonly StringBuilder _replies = new();
        private readonly StringBuilder _head = new();
        private string _sender = string.Empty;
        private long _length;
        private bool _inData;
        private bool _swallowLf;
        private DataState _state;

        private enum DataState
        {
            LineStart,
            Text,
            Dot,
        }

        public bool IsOver { get; private set; }

        public string Take(ReadOnlySpan<byte> octets)
        {
            _replies.Clear();
            foreach (byte octet in octets)
            {
                bool swallow = _swallowLf && octet == '\n';
                _swallowLf = false;
                if (swallow)
                {
                    continue;
                }

                if (_inData)
                {
                    TakeData((char)octet);
                }
                else if (octet is (byte)'\n' or (byte)'\r')
                {
                    _swallowLf = octet == '\r';
                    Command(_line.ToString());
                    _line.Clear();
                }
                else if (octet != 0)
                {
                    _line.Append((char)octet);
                }
            }

            return _replies.ToString();
        }

        private void TakeData(char c)
        {
            _length++;
            if (_head.Length < HeadOctets)
            {
                _head.Append(c);
            }

            bool newLine = c is '\r' or '\n';
            if (newLine && _state == DataState.Dot)
            {
                _inData = false;
                _swallowLf = c == '\r';
                onMessage(new LaxMessage(_sender, _head.ToString(), _length));
                _replies.Append("250 2.0.0 Ok\r\n");
            }
            else if (c != '\0')
            {
                _state = newLine ? DataState.LineStart : c == '.' && _state == DataState.LineStart ? DataState.Dot : DataState.Text;
            }
        }

        private void Command(string line)
        {
            string verb = line.Length < 4 ? string.Empty : line[..4].ToUpperInvariant();
            switch (verb)
            {
                case "EHLO":
                    _replies.Append("250-sink.test\r\n250-PIPELINING\r\n250-8BITMIME\r\n250-DSN\r\n250 SMTPUTF8\r\n");
                    break;
                case "DATA":
                    _inData = true;
                    _state = DataState.LineStart;
                    _length = 0;
                    _head.Clear();
                    _replies.Append("354 Go on\r\n");
                    break;
                case "QUIT":
                    IsOver = true;
                    _replies.Append("221 2.0.0 Bye\r\n");
                    break;
                case "":
                    _replies.Append("500 5.5.2 What?\r\n");
                    break;
                default:
                    _sender = verb == "MAIL" ? line : _sender;
                    _replies.Append("250 2.0.0 Ok\r\n");
                    break;
            }
        }
    }
}
