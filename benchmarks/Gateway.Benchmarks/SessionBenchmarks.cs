using System.IO.Pipelines;
using System.Net;
using System.Text;
using BenchmarkDotNet.Attributes;
using Gateway.Smtp.Protocol;
using Gateway.Smtp.Server;
using Microsoft.AspNetCore.Connections;

namespace Gateway.Benchmarks;

/// <summary>A whole transaction through the SMTP server over pipes in memory, into a receiver that discards: the protocol's own cost.</summary>
public class SessionBenchmarks
{
    private static readonly byte[] Envelope = "MAIL FROM:<sender@example.com>\r\nRCPT TO:<recipient@example.org>\r\nDATA\r\n"u8.ToArray();
    private static readonly byte[][] Commands =
        ["MAIL FROM:<sender@example.com>\r\n"u8.ToArray(), "RCPT TO:<recipient@example.org>\r\n"u8.ToArray(), "DATA\r\n"u8.ToArray()];

    private byte[] _wire = [];
    private SessionRegistry _registry = null!;
    private Pipe _toServer = null!;
    private Pipe _toClient = null!;
    private Task _session = Task.CompletedTask;

    /// <summary>Octets of the message.</summary>
    [Params(4 * 1024, 1024 * 1024)]
    public int Octets { get; set; }

    /// <summary>Opens the session.</summary>
    [GlobalSetup]
    public async Task OpenAsync()
    {
        _wire = SampleMail.OnTheWire(SampleMail.Text(Octets));
        // As Kestrel's sockets are set: 64 KiB blocks, 1 MiB may wait in, 64 KiB out.
        _toServer = new Pipe(new PipeOptions(pauseWriterThreshold: 1024 * 1024, resumeWriterThreshold: 512 * 1024, minimumSegmentSize: 64 * 1024));
        _toClient = new Pipe(new PipeOptions(pauseWriterThreshold: 64 * 1024, resumeWriterThreshold: 32 * 1024));
        _registry = new SessionRegistry(TimeProvider.System);
        SmtpServerProfile profile = new() { HostName = "mx.example.org" };
        SmtpConnectionHandler handler = new(new DiscardFactory(), () => profile, _registry, TimeProvider.System);
        DefaultConnectionContext connection = new("bench", new Duplex(_toServer.Reader, _toClient.Writer), new Duplex(_toClient.Reader, _toServer.Writer))
        {
            RemoteEndPoint = new IPEndPoint(IPAddress.Loopback, 40000),
            LocalEndPoint = new IPEndPoint(IPAddress.Loopback, 25),
        };
        _session = handler.OnConnectedAsync(connection);
        await ExpectAsync("220", 1);
        await SendAsync("EHLO bench.example.com\r\n"u8.ToArray());
        await ExpectAsync("250", 7);
    }

    /// <summary>Ends the session.</summary>
    [GlobalCleanup]
    public async Task CloseAsync()
    {
        await SendAsync("QUIT\r\n"u8.ToArray());
        await ExpectAsync("221", 1);
        await _session;
        await _registry.DisposeAsync();
    }

    /// <summary>Every command waits for its reply.</summary>
    [Benchmark(Baseline = true)]
    public async Task OneByOne()
    {
        foreach (byte[] command in Commands)
        {
            await SendAsync(command);
            await ExpectAsync(null, 1);
        }

        await SendAsync(_wire);
        await ExpectAsync("250", 1);
    }

    /// <summary>MAIL, RCPT and DATA in one flight, as a pipelining client sends them.</summary>
    [Benchmark]
    public async Task Pipelined()
    {
        await SendAsync(Envelope);
        await ExpectAsync("250", 3);
        await SendAsync(_wire);
        await ExpectAsync("250", 1);
    }

    private async ValueTask SendAsync(ReadOnlyMemory<byte> bytes) => await _toServer.Writer.WriteAsync(bytes);

    private async ValueTask ExpectAsync(string? code, int lines)
    {
        while (true)
        {
            ReadResult read = await _toClient.Reader.ReadAsync();
            byte[]? copy = null;
            ReadOnlySpan<byte> text = read.Buffer.IsSingleSegment ? read.Buffer.FirstSpan : copy = System.Buffers.BuffersExtensions.ToArray(read.Buffer);
            bool complete = text.Count((byte)'\n') >= lines;
            if ((complete && code is not null && Encoding.ASCII.GetString(text[..3]) != code) || (read.IsCompleted && !complete))
            {
                throw new InvalidOperationException("Unexpected reply: " + Encoding.ASCII.GetString(text));
            }

            _toClient.Reader.AdvanceTo(complete ? read.Buffer.End : read.Buffer.Start, read.Buffer.End);
            if (complete)
            {
                return;
            }
        }
    }

    private sealed class Duplex(PipeReader input, PipeWriter output) : IDuplexPipe
    {
        public PipeReader Input => input;

        public PipeWriter Output => output;
    }

    private sealed class DiscardFactory : ISmtpReceiverFactory
    {
        public ISmtpReceiver Create(SmtpPeer peer) => new Discard();
    }

    private sealed class Discard : ISmtpReceiver
    {
        public SmtpReply? Greet() => null;

        public ValueTask<SmtpReply> MailAsync(MailPath sender, MailParameters parameters) => new(Replies.SenderOk);

        public ValueTask<SmtpReply> RecipientAsync(MailPath recipient, RecipientParameters parameters) => new(Replies.RecipientOk);

        public ValueTask<SmtpReply> BeginAsync() => new(Replies.StartMailInput);

        public void Append(ReadOnlySpan<byte> bytes)
        {
            // Discarded.
        }

        public ValueTask DrainAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

        public ValueTask<SmtpReply> CommitAsync(DataEnd end, CancellationToken cancellationToken) => new(Replies.Queued("4bXk2Zq9Rt"));

        public void Reset()
        {
            // Nothing is kept.
        }

        public void Closed(in SessionSummary summary)
        {
            // Nobody asks.
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
