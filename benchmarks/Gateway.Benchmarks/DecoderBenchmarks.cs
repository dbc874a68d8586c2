using BenchmarkDotNet.Attributes;
using Gateway.Smtp.Protocol;

namespace Gateway.Benchmarks;

/// <summary>Taking DATA off the wire: dots removed, the end found.</summary>
public class DecoderBenchmarks
{
    private const int Block = 64 * 1024;

    private readonly CountingSink _sink = new();
    private byte[] _wire = [];

    /// <summary>Octets of the message.</summary>
    [Params(4 * 1024, 64 * 1024, 1024 * 1024)]
    public int Octets { get; set; }

    /// <summary>Makes the message.</summary>
    [GlobalSetup]
    public void MakeMessage()
    {
        byte[] message = SampleMail.Text(Octets);
        _wire = SampleMail.OnTheWire(message);
        if (Decode() != Octets || BufferThenUnstuff() != Octets)
        {
            throw new InvalidOperationException("The decoders disagree with the message.");
        }
    }

    /// <summary>The obvious alternative, in the manner of the package SmtpServer: buffer all of it, look for the end, then remove dots into another buffer.</summary>
    [Benchmark(Baseline = true)]
    public int BufferThenUnstuff()
    {
        MemoryStream buffer = new();
        int end = -1;
        for (int at = 0; at < _wire.Length && end < 0; at += Block)
        {
            int from = Math.Max(0, (int)buffer.Length - 4);
            buffer.Write(_wire, at, Math.Min(Block, _wire.Length - at));
            end = buffer.GetBuffer().AsSpan(from, (int)buffer.Length - from).IndexOf("\r\n.\r\n"u8) is >= 0 and int found ? from + found + 2 : -1;
        }

        ReadOnlySpan<byte> rest = buffer.GetBuffer().AsSpan(0, end);
        byte[] result = new byte[end];
        int length = 0;
        while (!rest.IsEmpty)
        {
            rest = rest[0] == (byte)'.' ? rest[1..] : rest;
            int line = rest.IndexOf("\r\n"u8) + 2;
            rest[..line].CopyTo(result.AsSpan(length));
            length += line;
            rest = rest[line..];
        }

        return length;
    }

    /// <summary>Our state machine, handing runs on without a copy.</summary>
    [Benchmark]
    public long Decode()
    {
        DataDecoder decoder = default;
        for (int at = 0; at < _wire.Length; at += Block)
        {
            if (decoder.Decode(_wire.AsSpan(at, Math.Min(Block, _wire.Length - at)), _sink, out _))
            {
                break;
            }
        }

        return decoder.Length;
    }

    private sealed class CountingSink : IDataSink
    {
        public long Octets { get; private set; }

        public void Append(ReadOnlySpan<byte> bytes) => Octets += bytes.Length;
    }
}
