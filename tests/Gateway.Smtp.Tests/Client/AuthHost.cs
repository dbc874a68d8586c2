using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Gateway.Smtp.Client;
using Gateway.TestKit;

namespace Gateway.Smtp.Tests.Client;

/// <summary>A host under STARTTLS whose every line a test decides: for what no real server says.</summary>
internal sealed class AuthHost : IAsyncDisposable
{
    /// <summary>The credentials of user <c>joe</c> with password <c>pencil</c>, as PLAIN sends them.</summary>
    public static readonly string Plain = Convert.ToBase64String("\0joe\0pencil"u8);

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentQueue<string> _lines = new();
    private readonly TemporaryDirectory _folder = new();
    private readonly X509Certificate2 _certificate;
    private readonly string _offer;
    private readonly Func<string, string?> _answer;
    private readonly Task _serving;

    /// <summary>Begins to listen.</summary>
    /// <param name="offer">The line of the EHLO reply that offers AUTH.</param>
    /// <param name="answer">The reply to each line under TLS but EHLO; null hangs up. Text behind a line feed is a host that hangs up behind its reply.</param>
    public AuthHost(string offer, Func<string, string?> answer)
    {
        _offer = offer;
        _answer = answer;
        TestCertificate.Write(_folder["host.crt"], _folder["host.key"], "host.test");
        _certificate = X509Certificate2.CreateFromPemFile(_folder["host.crt"], _folder["host.key"]);
        _listener.Start();
        _serving = ServeAsync();
    }

    /// <summary>What was said under TLS, but for EHLO and QUIT; a new connection is a line of its own.</summary>
    public IReadOnlyList<string> Lines => [.. _lines];

    /// <summary>The host, with these credentials in a file.</summary>
    public DownstreamHost Host(string password = "pencil", AuthMechanisms mechanisms = AuthMechanisms.Any)
    {
        File.WriteAllText(_folder["password"], password + "\n");
        return DownstreamHost.FromEndPoint((IPEndPoint)_listener.LocalEndpoint) with
        {
            Access = new DownstreamAccess { Tls = DownstreamTls.Required, User = "joe", PasswordFile = _folder["password"], Mechanisms = mechanisms },
        };
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Dispose();
        await _serving;
        _certificate.Dispose();
        _folder.Dispose();
        _stop.Dispose();
    }

    private async Task ServeAsync()
    {
        List<Task> sessions = [];
        try
        {
            while (true)
            {
                sessions.Add(SessionAsync(await _listener.AcceptTcpClientAsync(_stop.Token)));
            }
        }
        catch (OperationCanceledException)
        {
            await Task.WhenAll(sessions);
        }
    }

    private async Task SessionAsync(TcpClient client)
    {
        using TcpClient owned = client;
        try
        {
            await using NetworkStream clear = client.GetStream();
            await SayAsync(clear, "220 host.test");
            await ReadAsync(clear);
            await SayAsync(clear, "250-host.test\r\n250 STARTTLS");
            await ReadAsync(clear);
            await SayAsync(clear, "220 go");
            await using SslStream tls = new(clear, leaveInnerStreamOpen: true);
            await tls.AuthenticateAsServerAsync(_certificate);
            _lines.Enqueue("connected");
            await ReadAsync(tls);
            await SayAsync(tls, $"250-host.test\r\n{_offer}\r\n250 8BITMIME");
            while (await ReadAsync(tls) is { } line && line != "QUIT")
            {
                _lines.Enqueue(line);
                string? reply = _answer(line);
                if (reply is null)
                {
                    return;
                }

                await SayAsync(tls, reply.TrimEnd('\n'));
                if (reply.EndsWith('\n'))
                {
                    return;
                }
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            // The client is gone, or the test is over.
        }
    }

    private async Task SayAsync(Stream stream, string text) => await stream.WriteAsync(Encoding.ASCII.GetBytes(text + "\r\n"), _stop.Token);

    private async Task<string?> ReadAsync(Stream stream)
    {
        StringBuilder line = new();
        byte[] one = new byte[1];
        while (await stream.ReadAsync(one, _stop.Token) == 1)
        {
            if (one[0] == '\n')
            {
                return line.ToString().TrimEnd('\r');
            }

            line.Append((char)one[0]);
        }

        return null;
    }
}
