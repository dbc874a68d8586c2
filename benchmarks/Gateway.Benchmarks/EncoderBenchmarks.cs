using BenchmarkDotNet.Attributes;
using Gateway.Smtp.Protocol;

namespace Gateway.Benchmarks;

/// <summary>Putting content on the wire behind 354: dots doubled, blocks filled.</summary>
public class EncoderBenchmarks
{
    private readonly byte[] _block = new byte[64 * 1024];
    private byte[] _message = [];

    /// <summary>Octets of the message.</summary>
    [Params(4 * 1024, 64 * 1024, 1024 * 1024)]
    public int Octets { get; set; }

    /// <summary>Makes the message.</summary>
    [GlobalSetup]
    public void MakeMessage()
    {
        _message = SampleMail.Text(Octets);
        int expected = SampleMail.OnTheWire(_message).Length;
        if (Encode() != expected || OctetByOctet() != expected)
        {
            throw new InvalidOperationException("The encoders disagree with the message.");
        }
    }

    /// <summary>The obvious alternative: each octet is looked at and copied.</summary>
    [Benchmark(Baseline = true)]
    public int OctetByOctet()
    {
        int total = 0;
        int filled = 0;
        bool lineStart = true;
        byte before = 0;
        foreach (byte octet in _message)
        {
            if (filled > _block.Length - 2)
            {
                (total, filled) = (total + filled, 0);
            }

            if (lineStart && octet == (byte)'.')
            {
                _block[filled++] = (byte)'.';
            }

            _block[filled++] = octet;
            lineStart = octet == (byte)'\n' && before == (byte)'\r';
            before = octet;
        }

        return total + filled + ".\r\n"u8.Length;
    }

    /// <summary>Ours: runs of regular lines.</summary>
    [Benchmark]
    public int Encode()
    {
        DataEncoder encoder = default;
        int total = 0;
        for (ReadOnlySpan<byte> rest = _message; !rest.IsEmpty;)
        {
            encoder.Encode(rest, _block, out int read, out int written);
            rest = rest[read..];
            total += written;
        }

        return total + encoder.Finish(_block);
    }
}
