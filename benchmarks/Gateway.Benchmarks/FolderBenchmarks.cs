using BenchmarkDotNet.Attributes;
using Gateway.Mime;
using MimeKit;

namespace Gateway.Benchmarks;

/// <summary>What all rules cost above MimeKit's reader, on mail as it comes; one operation reads the whole folder.</summary>
/// <remarks>The folder: <see cref="SampleFolder.Variable"/>.</remarks>
public class FolderBenchmarks
{
    private readonly SampleFolder _samples = SampleFolder.Load();
    private readonly MimeInspector _inspector = new();
    private readonly MemoryStream[] _streams;
    private readonly MimeReader _reader;

    /// <summary>Reads the folder.</summary>
    public FolderBenchmarks()
    {
        _streams = [.. _samples.Messages.Select(m => new MemoryStream(m, writable: false))];
        _reader = new MimeReader(HardenedOptions.Parser, _streams[0], MimeFormat.Entity);
        Console.WriteLine($"// {_samples.Name}: {_samples.Messages.Count} messages, {_samples.Messages.Sum(m => (long)m.Length)} octets");
    }

    /// <summary>MimeKit's reader alone, hardened options, reused.</summary>
    [Benchmark(Baseline = true)]
    public void BareMimeReader()
    {
        foreach (MemoryStream stream in _streams)
        {
            stream.Position = 0;
            _reader.SetStream(stream, MimeFormat.Entity);
            _reader.ReadMessage();
        }
    }

    /// <summary>The reader with all rules, on scanned octets: what a session pays at the end of data.</summary>
    [Benchmark]
    public int Inspect() => _samples.Inspect(_inspector);

    /// <summary>Scanner and inspector: all of validation.</summary>
    [Benchmark]
    public int ScanAndInspect()
    {
        int findings = 0;
        foreach (MessageBytes content in _samples.Contents)
        {
            findings += _inspector.Inspect(content, default).Findings.Count;
        }

        return findings;
    }

    /// <summary>The obvious alternative: parse into objects, default options.</summary>
    [Benchmark]
    public int MimeMessageLoad()
    {
        int parts = 0;
        foreach (MemoryStream stream in _streams)
        {
            stream.Position = 0;
            using MimeMessage message = MimeMessage.Load(stream);
            parts += message.Body is null ? 0 : 1;
        }

        return parts;
    }
}
