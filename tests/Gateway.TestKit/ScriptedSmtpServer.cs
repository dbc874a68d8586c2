using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Gateway.TestKit;

/// <summary>An SMTP server on a loopback port that takes every message, until a test tells it to behave otherwise.</summary>
/// <remarks>
/// It is deliberately simple and strict: commands end in CRLF, content ends at CRLF.CRLF, nothing is checked but what a
/// rule checks. Messages are kept in memory with their exact octets, every conversation as a transcript.
/// <code>
/// await using ScriptedSmtpServer server = new();
/// server.On(SmtpStep.Rcpt, m => m.Line.Contains("bad") ? SmtpAction.Reply("550 5.1.1 no such user") : null);
/// server.Once(SmtpStep.FinalDot, SmtpAction.Hang);
/// ... deliver to server.Address ...
/// await server.WaitForMessagesAsync(1, ct);
/// Assert.Equal(sent, server.Messages[0].Content);
/// </code>
/// Threads: all members may be called at any time; rules run on the connection's own task.
/// </remarks>
public sealed class ScriptedSmtpServer : IAsyncDisposable
{
    private readonly Lock _gate = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly List<Func<SmtpMoment, SmtpAction?>> _rules = [];
    private readonly List<ReceivedMessage> _messages = [];
    private readonly List<SmtpMoment> _moments = [];
    private readonly ConcurrentDictionary<int, ScriptedSession> _open = new();
    private readonly List<List<string>> _transcripts = [];
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Socket? _listener;
    private int _mails;

    /// <summary>Starts listening on a free port.</summary>
    /// <param name="port">A port, or 0 for a free one.</param>
    /// <param name="address">The loopback address; 127.0.0.1 when null.</param>
    public ScriptedSmtpServer(int port = 0, IPAddress? address = null)
    {
        EndPoint = new IPEndPoint(address ?? IPAddress.Loopback, port);
        Listen();
    }

    /// <summary>Where it listens.</summary>
    public IPEndPoint EndPoint { get; private set; }

    /// <summary>Where it listens, as <c>127.0.0.1:port</c>.</summary>
    public string Address => EndPoint.ToString();

    /// <summary>The port it listens on.</summary>
    public int Port => EndPoint.Port;

    /// <summary>The lines of the EHLO reply behind the host name. Set before the client connects.</summary>
    public IReadOnlyList<string> Capabilities { get; set; } =
        ["PIPELINING", "SIZE 104857600", "8BITMIME", "SMTPUTF8", "ENHANCEDSTATUSCODES"];

    /// <summary>Answer a client that sends the next command before it has the reply with 503 and hang up.</summary>
    public bool RefusePipelining { get; set; }

    /// <summary>Content octets read at once; small values with a pause make a slow reader.</summary>
    public int BodyReadOctets { get; set; } = 64 * 1024;

    /// <summary>Wall-clock pause before each read of content.</summary>
    public TimeSpan BodyReadPause { get; set; }

    /// <summary>The kernel's receive buffer per connection, octets; 0 leaves it. Small values make the client block early.</summary>
    public int ReceiveBuffer
    {
        get;
        set
        {
            field = value;

            // Accepted sockets inherit it; it must be set before the window is negotiated.
            _listener?.ReceiveBufferSize = value;
        }
    }

    /// <summary>Keep transcripts and moments; switch off for thousands of messages.</summary>
    public bool KeepTranscript { get; set; } = true;

    /// <summary>The messages answered 2xx, in order.</summary>
    public IReadOnlyList<ReceivedMessage> Messages => Locked(() => _messages.ToArray());

    /// <summary>Connections accepted since the start.</summary>
    public int ConnectionCount => Locked(() => _transcripts.Count);

    /// <summary>Connections open now.</summary>
    public int OpenConnections => _open.Count;

    /// <summary>Everything that happened, in order.</summary>
    public IReadOnlyList<SmtpMoment> Moments => Locked(() => _moments.ToArray());

    /// <summary>One conversation: <c>C: </c> and <c>S: </c> lines, content as a count.</summary>
    /// <param name="connection">From 1.</param>
    public IReadOnlyList<string> Transcript(int connection) => Locked(() => _transcripts[connection - 1].ToArray());

    /// <summary>Behave like this at a step from now on; the rule added last that gives an action wins.</summary>
    public void On(SmtpStep step, SmtpAction action) => On(step, _ => action);

    /// <summary>Ask the function at a step from now on; null leaves it to older rules and the usual behaviour.</summary>
    public void On(SmtpStep step, Func<SmtpMoment, SmtpAction?> rule) =>
        Locked(() => _rules.Insert(0, moment => moment.Step == step ? rule(moment) : null));

    /// <summary>Behave like this the next time a step comes.</summary>
    public void Once(SmtpStep step, SmtpAction action)
    {
        int left = 1;
        On(step, _ => Interlocked.Decrement(ref left) >= 0 ? action : null);
    }

    /// <summary>Forget all rules.</summary>
    public void ClearRules() => Locked(_rules.Clear);

    /// <summary>Refuse connections from now on; open ones stay.</summary>
    public void StopListening()
    {
        _listener?.Dispose();
        _listener = null;
    }

    /// <summary>Listen again on the same port.</summary>
    public void Listen()
    {
        Socket listener = new(EndPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        if (ReceiveBuffer > 0)
        {
            listener.ReceiveBufferSize = ReceiveBuffer;
        }

        listener.Bind(EndPoint);
        listener.Listen(512);
        EndPoint = (IPEndPoint)listener.LocalEndPoint!;
        _listener = listener;
        _ = AcceptAsync(listener);
    }

    /// <summary>Closes all open connections.</summary>
    public void DropConnections()
    {
        foreach (ScriptedSession session in _open.Values)
        {
            session.Abort();
        }
    }

    /// <summary>Waits until this many messages were taken in all.</summary>
    public Task WaitForMessagesAsync(int count, CancellationToken ct) => WaitUntilAsync(() => _messages.Count >= count, ct);

    /// <summary>Waits until a step was reached this many times in all. Needs <see cref="KeepTranscript"/>.</summary>
    public Task WaitForStepAsync(SmtpStep step, CancellationToken ct, int times = 1) =>
        WaitUntilAsync(() => _moments.Count(moment => moment.Step == step) >= times, ct);

    /// <summary>Waits until no connection is open.</summary>
    public Task WaitForSilenceAsync(CancellationToken ct) => WaitUntilAsync(() => _open.IsEmpty, ct);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        StopListening();
        await _stop.CancelAsync();
        DropConnections();
        await Task.WhenAll(_open.Values.Select(static session => session.Completion));
        _stop.Dispose();
    }

    internal SmtpAction? Ask(SmtpMoment moment)
    {
        Func<SmtpMoment, SmtpAction?>[] rules;
        lock (_gate)
        {
            rules = [.. _rules];
            if (KeepTranscript)
            {
                _moments.Add(moment);
            }
        }

        SmtpAction? action = null;
        for (int i = 0; i < rules.Length && action is null; i++)
        {
            action = rules[i](moment);
        }

        Changed();
        return action;
    }

    internal int CountMail() => Interlocked.Increment(ref _mails);

    internal void Record(ReceivedMessage message)
    {
        Locked(() => _messages.Add(message));
        Changed();
    }

    internal void Note(int connection, string line)
    {
        if (KeepTranscript)
        {
            Locked(() => _transcripts[connection - 1].Add(line));
        }
    }

    private async Task AcceptAsync(Socket listener)
    {
        while (true)
        {
            Socket socket;
            try
            {
                socket = await listener.AcceptAsync(_stop.Token);
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException or OperationCanceledException)
            {
                return;
            }

            socket.NoDelay = true;
            int number = Locked(() =>
            {
                _transcripts.Add([]);
                return _transcripts.Count;
            });
            ScriptedSession session = new(this, socket, number);
            _open[number] = session;
            session.Start(
                () =>
                {
                    _open.TryRemove(number, out _);
                    Changed();
                },
                _stop.Token);
        }
    }

    private async Task WaitUntilAsync(Func<bool> condition, CancellationToken ct)
    {
        while (true)
        {
            Task changed;
            lock (_gate)
            {
                if (condition())
                {
                    return;
                }

                changed = _changed.Task;
            }

            await changed.WaitAsync(ct);
        }
    }

    private void Changed()
    {
        TaskCompletionSource old;
        lock (_gate)
        {
            old = _changed;
            _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        old.SetResult();
    }

    private void Locked(Action action)
    {
        lock (_gate)
        {
            action();
        }
    }

    private T Locked<T>(Func<T> read)
    {
        lock (_gate)
        {
            return read();
        }
    }
}
