using System.IO.Hashing;
using BenchmarkDotNet.Attributes;
using Gateway.Spool.Format;

namespace Gateway.Benchmarks;

/// <summary>What a record of the spool costs the processor for the body of its message.</summary>
public class RecordBenchmarks
{
    private byte[] _body = [];
    private byte[] _target = [];

    /// <summary>Octets of the body.</summary>
    [Params(4 * 1024, 64 * 1024, 1024 * 1024)]
    public int Octets { get; set; }

    /// <summary>Makes the body.</summary>
    [GlobalSetup]
    public void MakeBody()
    {
        _body = SampleMail.Text(Octets);
        _target = new byte[Octets];
    }

    /// <summary>The body copied once: what a record costs at least.</summary>
    [Benchmark(Baseline = true)]
    public void CopyBody() => _body.CopyTo(_target, 0);

    /// <summary>The checksum of the body.</summary>
    [Benchmark]
    public uint ChecksumBody() => Crc32.HashToUInt32(_body);
}

/// <summary>The fixed part of a record, whatever its body.</summary>
public class RecordHeaderBenchmarks
{
    private const ulong Stamp = 0x0123456789ABCDEF;

    private readonly byte[] _encoded = new byte[RecordHeader.Size];
    private readonly byte[] _target = new byte[RecordHeader.Size];
    private readonly RecordHeader _header = new()
    {
        Type = RecordType.Message, Stamp = Stamp, Sequence = 4711, Id = 42, BodyLength = 4096, MetaLength = 300, BodyCrc = 1, MetaCrc = 2,
    };

    /// <summary>Encodes what is decoded.</summary>
    [GlobalSetup]
    public void Encode() => _header.Write(_encoded);

    /// <summary>The fixed part with its checksum.</summary>
    [Benchmark]
    public void EncodeHeader() => _header.Write(_target);

    /// <summary>The fixed part read back and checked, as recovery does for every record.</summary>
    [Benchmark]
    public bool DecodeHeader() => RecordHeader.TryRead(_encoded, Stamp, out _);
}
