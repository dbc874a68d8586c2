using System.IO.Pipelines;
using System.Text;

namespace Gateway.Benchmarks;

/// <summary>A client of a session over pipes in memory, and the pipes.</summary>
internal sealed class SmtpDialogue
{
    private static readonly byte[] Envelope = "MAIL FROM:<sender@example.com>\r\nRCPT TO:<recipient@example.org>\r\nDATA\r\n"u8.ToArray();
    private static readonly byte[][] Commands =
        ["MAIL FROM:<sender@example.com>\r\n"u8.ToArray(), "RCPT TO:<recipient@example.org>\r\n"u8.ToArray(), "DATA\r\n"u8.ToArray()];

    // As Kestrel's sockets are set: 64 KiB blocks, 1 MiB may wait in, 64 KiB out.
    private readonly Pipe _toServer = new(new PipeOptions(pauseWriterThreshold: 1024 * 1024, resumeWriterThreshold: 512 * 1024, minimumSegmentSize: 64 * 1024));
    private readonly Pipe _toClient = new(new PipeOptions(pauseWriterThreshold: 64 * 1024, resumeWriterThreshold: 32 * 1024));
    private readonly byte[] _wire;

    /// <summary>Makes the pipes.</summary>
    /// <param name="octets">Octets of the message that is sent.</param>
    public SmtpDialogue(int octets)
    {
        _wire = SampleMail.OnTheWire(SampleMail.Text(octets));
        Server = new Duplex(_toServer.Reader, _toClient.Writer);
        Client = new Duplex(_toClient.Reader, _toServer.Writer);
    }

    /// <summary>The server's end.</summary>
    public IDuplexPipe Server { get; }

    /// <summary>The client's end.</summary>
    public IDuplexPipe Client { get; }

    /// <summary>Reads the greeting and says EHLO.</summary>
    /// <param name="lines">Lines of the reply.</param>
    public async Task GreetAsync(int lines)
    {
        await ExpectAsync("220", 1);
        await SendAsync("EHLO bench.example.com\r\n"u8.ToArray());
        await ExpectAsync("250", lines);
    }

    /// <summary>Says QUIT.</summary>
    public async Task QuitAsync()
    {
        await SendAsync("QUIT\r\n"u8.ToArray());
        await ExpectAsync("221", 1);
    }

    /// <summary>A transaction in which every command waits for its reply.</summary>
    public async Task OneByOneAsync()
    {
        foreach (byte[] command in Commands)
        {
            await SendAsync(command);
            await ExpectAsync(null, 1);
        }

        await SendAsync(_wire);
        await ExpectAsync("250", 1);
    }

    /// <summary>A transaction with MAIL, RCPT and DATA in one flight, as a pipelining client sends them.</summary>
    public async Task PipelinedAsync()
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
}
