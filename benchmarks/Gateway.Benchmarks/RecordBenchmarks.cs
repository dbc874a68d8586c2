using System.IO.Hashing;
using BenchmarkDotNet.Attributes;
using Gateway.Spool.Format;

namespace Gateway.Benchmarks;

/// <summary>What a record of the spool costs besides its bytes.</summary>
public class RecordBenchmarks
{
    private const ulong Stamp = 0x0123456789ABCDEF;

    private readonly byte[] _target = new byte[2 * 1024 * 1024];
    private readonly byte[] _encoded = new byte[RecordHeader.Size];
    private byte[] _body = [];
    private RecordHeader _header;

    /// <summary>Octets of the body.</summary>
    [Params(4 * 1024, 64 * 1024, 1024 * 1024)]
    public int Octets { get; set; }

    /// <summary>Makes the record.</summary>
    [GlobalSetup]
    public void MakeRecord()
    {
        _body = SampleMail.Text(Octets);
        _header = new RecordHeader
        {
            Type = RecordType.Message, Stamp = Stamp, Sequence = 4711, Id = 42, BodyLength = Octets, MetaLength = 300, BodyCrc = 1, MetaCrc = 2,
        };
        _header.Write(_encoded);
    }

    /// <summary>The body copied once: what a record costs at least.</summary>
    [Benchmark(Baseline = true)]
    public void CopyBody() => _body.CopyTo(_target, 0);

    /// <summary>The checksum of the body.</summary>
    [Benchmark]
    public uint ChecksumBody() => Crc32.HashToUInt32(_body);

    /// <summary>The fixed part of a record, with its checksum.</summary>
    [Benchmark]
    public void EncodeHeader() => _header.Write(_target);

    /// <summary>The fixed part read back and checked, as recovery does for every record.</summary>
    [Benchmark]
    public bool DecodeHeader() => RecordHeader.TryRead(_encoded, Stamp, out _);
}
