using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text;

namespace Gateway.TestKit;

/// <summary>An SMTP client that sends exactly the octets and segments a test asks for, and reads what comes back.</summary>
/// <remarks>
/// Text is one octet per character (Latin-1). Nothing is checked or added but CRLF where the name says line. Every read has
/// a patience, so that a server that never answers fails a test instead of hanging it.
/// </remarks>
public sealed class ScriptedSmtpClient : IAsyncDisposable
{
    private readonly Socket _socket;
    private readonly WireInput _input;
    private readonly TimeSpan _patience;

    private ScriptedSmtpClient(Socket socket, TimeSpan patience)
    {
        _socket = socket;
        _input = new WireInput(socket);
        _patience = patience;
    }

    /// <summary>The address this client speaks from.</summary>
    public IPEndPoint Local => (IPEndPoint)_socket.LocalEndPoint!;

    /// <summary>Connects; the greeting is still to be read.</summary>
    /// <param name="server">Where to.</param>
    /// <param name="ct">Ends the attempt.</param>
    /// <param name="patience">How long any one reply may take; 10 s when null.</param>
    public static async Task<ScriptedSmtpClient> ConnectAsync(IPEndPoint server, CancellationToken ct, TimeSpan? patience = null)
    {
        Socket socket = new(server.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(server, ct);
        return new ScriptedSmtpClient(socket, patience ?? TimeSpan.FromSeconds(10));
    }

    /// <summary>Connects, reads the greeting and says EHLO.</summary>
    public static async Task<ScriptedSmtpClient> GreetAsync(IPEndPoint server, CancellationToken ct, string name = "client.test")
    {
        ScriptedSmtpClient client = await ConnectAsync(server, ct);
        await client.ReadReplyAsync(ct);
        await client.SayAsync("EHLO " + name, ct);
        return client;
    }

    /// <summary>The encryption, once there is one.</summary>
    public SslStream? Tls => _input.Secured as SslStream;

    /// <summary>Holds a TLS handshake now; all that follows is encrypted.</summary>
    /// <param name="serverName">The name to ask for (SNI); any certificate is taken.</param>
    /// <param name="ct">Ends the attempt.</param>
    /// <param name="versions">The versions to offer; the system's when none.</param>
    public async Task SecureAsync(string serverName, CancellationToken ct, SslProtocols versions = SslProtocols.None)
    {
        SslStream ssl = new(new NetworkStream(_socket, ownsSocket: false), leaveInnerStreamOpen: false);
        await ssl.AuthenticateAsClientAsync(
            new SslClientAuthenticationOptions
            {
                TargetHost = serverName,
                EnabledSslProtocols = versions,
#pragma warning disable CA5359 // Which certificate came is what tests look at.
                RemoteCertificateValidationCallback = static (_, _, _, _) => true,
#pragma warning restore CA5359
            },
            ct);
        _input.Secured = ssl;
    }

    /// <summary>Sends octets in one segment.</summary>
    public async Task SendAsync(ReadOnlyMemory<byte> octets, CancellationToken ct)
    {
        if (_input.Secured is not null)
        {
            await _input.Secured.WriteAsync(octets, ct);
            return;
        }

        while (!octets.IsEmpty)
        {
            octets = octets[await _socket.SendAsync(octets, ct)..];
        }
    }

    /// <summary>Sends text to a server that may hang up meanwhile.</summary>
    /// <returns>False when it has.</returns>
    public async Task<bool> TrySendAsync(string text, CancellationToken ct)
    {
        try
        {
            await SendAsync(text, ct);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    /// <summary>Sends text as it is, one octet per character.</summary>
    public Task SendAsync(string text, CancellationToken ct) => SendAsync(Encoding.Latin1.GetBytes(text), ct);

    /// <summary>Sends a line and CRLF.</summary>
    public Task SendLineAsync(string line, CancellationToken ct) => SendAsync(line + "\r\n", ct);

    /// <summary>Sends octets cut into segments at the given offsets.</summary>
    /// <param name="octets">What to send.</param>
    /// <param name="cuts">Offsets in rising order.</param>
    /// <param name="pause">
    /// Wall-clock pause between segments, so that the server reads them apart; 2 ms when null. Loopback delivers at once,
    /// but a busy server may still read two together: tests must hold either way.
    /// </param>
    /// <param name="ct">Ends the attempt.</param>
    public async Task SendSplitAsync(ReadOnlyMemory<byte> octets, IEnumerable<int> cuts, TimeSpan? pause, CancellationToken ct)
    {
        int from = 0;
        foreach (int cut in cuts.Append(octets.Length))
        {
            if (cut > from)
            {
                await SendAsync(octets[from..cut], ct);
                await Task.Delay(pause ?? TimeSpan.FromMilliseconds(2), ct);
                from = cut;
            }
        }
    }

    /// <summary>Reads a line without its CRLF; null when the server has hung up.</summary>
    /// <exception cref="TimeoutException">Nothing came within the patience.</exception>
    public async Task<string?> ReadLineAsync(CancellationToken ct)
    {
        using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(_patience);
        try
        {
            return await _input.ReadLineAsync(limit.Token);
        }
        catch (OperationCanceledException e) when (!ct.IsCancellationRequested)
        {
            throw new TimeoutException(
                $"The server sent no line within {_patience.TotalSeconds} s. Unread: '{Encoding.Latin1.GetString(_input.Buffered)}'.",
                e);
        }
    }

    /// <summary>Reads one reply: its lines joined by LF, CRLF off; null when the server has hung up.</summary>
    public async Task<string?> ReadReplyAsync(CancellationToken ct)
    {
        List<string> lines = [];
        while (await ReadLineAsync(ct) is { } line)
        {
            lines.Add(line);
            if (line.Length < 4 || line[3] != '-')
            {
                return string.Join('\n', lines);
            }
        }

        return lines.Count == 0 ? null : string.Join('\n', lines);
    }

    /// <summary>Sends a line and reads the reply to it.</summary>
    public async Task<string?> SayAsync(string line, CancellationToken ct)
    {
        await SendLineAsync(line, ct);
        return await ReadReplyAsync(ct);
    }

    /// <summary>Sends MAIL, RCPT and DATA step by step, then content and terminator; doubles dots.</summary>
    /// <returns>The reply to the final dot, or the first reply that stopped it.</returns>
    public async Task<string?> DeliverAsync(string sender, IEnumerable<string> recipients, string content, CancellationToken ct)
    {
        string? reply = await SayAsync($"MAIL FROM:<{sender}>", ct);
        foreach (string recipient in recipients)
        {
            if (reply?.StartsWith('2') == true)
            {
                reply = await SayAsync($"RCPT TO:<{recipient}>", ct);
            }
        }

        reply = reply?.StartsWith('2') == true ? await SayAsync("DATA", ct) : reply;
        if (reply?.StartsWith('3') != true)
        {
            return reply;
        }

        string stuffed = ("\r\n" + content).Replace("\r\n.", "\r\n..", StringComparison.Ordinal)[2..];
        await SendAsync(stuffed + (content.EndsWith("\r\n", StringComparison.Ordinal) || content.Length == 0 ? ".\r\n" : "\r\n.\r\n"), ct);
        return await ReadReplyAsync(ct);
    }

    /// <summary>True when the server hangs up within the patience and says nothing more before.</summary>
    public async Task<bool> IsClosedByServerAsync(CancellationToken ct) => await ReadLineAsync(ct) is null && _input.Buffered.IsEmpty;

    /// <summary>Says no more but goes on reading (FIN).</summary>
    public void CloseSending() => _socket.Shutdown(SocketShutdown.Send);

    /// <summary>Closes hard (RST).</summary>
    public void Abort()
    {
        _socket.LingerState = new LingerOption(enable: true, seconds: 0);
        _socket.Dispose();
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _socket.Dispose();
        return ValueTask.CompletedTask;
    }
}
