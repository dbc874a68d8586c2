using BenchmarkDotNet.Attributes;
using Gateway.Mime;

namespace Gateway.Benchmarks;

/// <summary>The scanner over plain mail, in the blocks in which Kestrel delivers it.</summary>
public class ScannerBenchmarks
{
    private const int Block = 64 * 1024;

    private readonly WireScanner _scanner = new();
    private byte[] _message = [];

    /// <summary>Octets of the message.</summary>
    [Params(4 * 1024, 64 * 1024, 1024 * 1024)]
    public int Octets { get; set; }

    /// <summary>Makes the message.</summary>
    [GlobalSetup]
    public void MakeMessage() => _message = SampleMail.Text(Octets);

    /// <summary>Line ends and NUL only, octet by octet: what one writes first.</summary>
    [Benchmark(Baseline = true)]
    public (int Lines, int Irregular) OctetByOctet()
    {
        int lines = 0, irregular = 0;
        byte before = 0;
        foreach (byte octet in _message)
        {
            if (octet == (byte)'\n')
            {
                lines++;
                irregular += before == (byte)'\r' ? 0 : 1;
            }
            else if (before == (byte)'\r' || octet == 0)
            {
                irregular++;
            }

            before = octet;
        }

        return (lines, irregular);
    }

    /// <summary>All facts: bare CR and LF, NUL, line lengths, header bounds, forged ends of data.</summary>
    [Benchmark]
    public WireFacts Scan()
    {
        _scanner.Reset();
        for (int at = 0; at < _message.Length; at += Block)
        {
            _scanner.Append(_message.AsSpan(at, Math.Min(Block, _message.Length - at)));
        }

        return _scanner.Complete();
    }

    /// <summary>The vectorised count of LF alone: what memory and processor allow.</summary>
    [Benchmark]
    public int CountLineFeeds() => _message.AsSpan().Count((byte)'\n');
}
