using BenchmarkDotNet.Attributes;
using Gateway.Mime;
using MimeKit;

namespace Gateway.Benchmarks;

/// <summary>What validation costs above parsing, and what parsing into objects would cost instead.</summary>
public class InspectorBenchmarks
{
    private readonly MimeInspector _inspector = new();
    private readonly WireScanner _scanner = new();
    private MimeReader _reader = null!;
    private MemoryStream _stream = new();
    private MessageBytes _content = null!;
    private WireFacts _facts = null!;

    /// <summary>The shape of the message.</summary>
    public enum Shape
    {
        /// <summary>2 KB of text.</summary>
        Text2K,

        /// <summary>63 KB: alternatives and two attachments.</summary>
        Multipart63K,

        /// <summary>1 MB: a text and one attachment.</summary>
        Attachment1M,
    }

    /// <summary>The shape of the message.</summary>
    [ParamsAllValues]
    public Shape Message { get; set; }

    /// <summary>Makes the message, and makes sure that it is clean: findings would be measured too.</summary>
    [GlobalSetup]
    public void MakeMessage()
    {
        byte[] message = Message switch
        {
            Shape.Text2K => SampleMail.Text(2 * 1024),
            Shape.Multipart63K => SampleMail.Multipart(),
            _ => SampleMail.Attachment(),
        };
        _content = MessageBytes.FromMemory(message);
        _stream = new MemoryStream(message, writable: false);
        _reader = new MimeReader(HardenedOptions.Parser, _stream, MimeFormat.Entity);
        _scanner.Reset();
        _scanner.Append(message);
        _facts = _scanner.Complete();
        InspectionReport report = Inspect();
        if (report.Findings.Count > 0)
        {
            throw new InvalidOperationException($"The sample has findings: {string.Join(", ", report.Findings.Select(f => f.Rule))}");
        }
    }

    /// <summary>The obvious alternative: parse into objects, default options.</summary>
    [Benchmark(Baseline = true)]
    public MimeMessage MimeMessageLoad()
    {
        _stream.Position = 0;
        return MimeMessage.Load(_stream);
    }

    /// <summary>MimeKit's reader alone, hardened options, reused.</summary>
    [Benchmark]
    public void BareMimeReader()
    {
        _stream.Position = 0;
        _reader.SetStream(_stream, MimeFormat.Entity);
        _reader.ReadMessage();
    }

    /// <summary>The reader with all rules, on scanned octets: what a session pays at the end of data.</summary>
    [Benchmark]
    public InspectionReport Inspect() => _inspector.Inspect(_content, _facts, default);

    /// <summary>Scanner and inspector: all of validation.</summary>
    [Benchmark]
    public InspectionReport ScanAndInspect() => _inspector.Inspect(_content, default);
}
