using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Gateway.LoadGen.Tests;

/// <summary>A relay that does to each message what the test says: the proof that the account finds what it is for.</summary>
/// <remarks>Its own, lean SMTP, one thread for each connection; every message is forwarded before it is answered.</remarks>
internal sealed class FakeRelay : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly IPEndPoint _sink;
    private readonly Func<int, string, IEnumerable<string>> _forward;
    private readonly Func<int, string> _reply;
    private int _messages;

    /// <summary>Begins to relay.</summary>
    /// <param name="sink">Where to.</param>
    /// <param name="forward">Makes of the n-th message (its content on the wire, without the final dot) what is forwarded.</param>
    /// <param name="reply">What the n-th message is answered.</param>
    public FakeRelay(IPEndPoint sink, Func<int, string, IEnumerable<string>> forward, Func<int, string>? reply = null)
    {
        _sink = sink;
        _forward = forward;
        _reply = reply ?? (_ => "250 2.0.0 Ok");
        _listener.Start();
        EndPoint = (IPEndPoint)_listener.LocalEndpoint;
        new Thread(Accept) { IsBackground = true }.Start();
    }

    public IPEndPoint EndPoint { get; }

    public void Dispose() => _listener.Dispose();

    private void Accept()
    {
        try
        {
            while (true)
            {
                TcpClient client = _listener.AcceptTcpClient();
                new Thread(() => Serve(client)) { IsBackground = true }.Start();
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The end of the test.
        }
    }

    private void Serve(TcpClient client)
    {
        try
        {
            client.NoDelay = true;
            using StreamReader reader = new(client.GetStream(), Encoding.Latin1);
            using StreamWriter writer = new(client.GetStream(), Encoding.Latin1) { AutoFlush = true, NewLine = "\r\n" };
            writer.WriteLine("220 relay.test");
            while (reader.ReadLine() is string line)
            {
                switch (line[..Math.Min(4, line.Length)])
                {
                    case "DATA":
                        writer.WriteLine("354 go");
                        StringBuilder content = new();
                        while (reader.ReadLine() is string part && part != ".")
                        {
                            content.Append(part).Append("\r\n");
                        }

                        int number = Interlocked.Increment(ref _messages) - 1;
                        foreach (string forwarded in _forward(number, content.ToString()))
                        {
                            Deliver(forwarded);
                        }

                        writer.WriteLine(_reply(number));
                        break;
                    case "EHLO":
                        writer.WriteLine("250-relay.test\r\n250 PIPELINING");
                        break;
                    case "QUIT":
                        writer.WriteLine("221 bye");
                        return;
                    default:
                        writer.WriteLine("250 ok");
                        break;
                }
            }
        }
        catch (IOException)
        {
            // The source has gone.
        }
        finally
        {
            client.Dispose();
        }
    }

    private void Deliver(string content)
    {
        using TcpClient client = new();
        client.Connect(_sink);
        using StreamReader reader = new(client.GetStream(), Encoding.Latin1);
        using StreamWriter writer = new(client.GetStream(), Encoding.Latin1) { NewLine = "\r\n" };
        reader.ReadLine();
        foreach (string command in (string[])["HELO relay.test", "MAIL FROM:<load@example.org>", "RCPT TO:<r0@example.net>", "DATA"])
        {
            writer.WriteLine(command);
            writer.Flush();
            reader.ReadLine();
        }

        writer.Write("Received: from load by relay.test;\r\n\tMon, 02 Mar 2026 10:00:00 +0000\r\n");
        writer.Write(content);
        writer.Write(".\r\nQUIT\r\n");
        writer.Flush();
        reader.ReadToEnd();
    }
}
