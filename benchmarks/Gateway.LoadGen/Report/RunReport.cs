using System.Text.Json;
using System.Text.Json.Serialization;
using Gateway.LoadGen.Account;
using Gateway.LoadGen.Measure;
using HdrHistogram;

namespace Gateway.LoadGen.Report;

/// <summary>One run, as it is printed, stored and compared.</summary>
internal sealed record RunReport
{
    /// <summary>Raised when a reader of older files would misread newer ones.</summary>
    public int Format { get; init; } = 1;

    /// <summary>What the run is called in comparisons.</summary>
    public string Label { get; init; } = string.Empty;

    public Machine Machine { get; init; } = new();

    /// <summary>The workload, in words.</summary>
    public string Workload { get; init; } = string.Empty;

    public bool IsOpenLoop { get; init; }

    /// <summary>From the first message to the last arrival; without a sink to the last reply.</summary>
    public double Seconds { get; init; }

    /// <summary>Accepted messages a second, until the last was accepted.</summary>
    public double AcceptedPerSecond { get; init; }

    /// <summary>Messages a second at the sink, until the last arrived.</summary>
    public double DeliveredPerSecond { get; init; }

    public double MegabytesPerSecond { get; init; }

    public long Connections { get; init; }

    /// <summary>Due in an open loop and never sent, because no session was free until the end.</summary>
    public long Unsent { get; init; }

    /// <summary>Messages at the sink that were not sent by this run; bounces are among them.</summary>
    public long Foreign { get; init; }

    public long Bounces { get; init; }

    public LoadAccount Account { get; init; } = new();

    public IReadOnlyList<LatencySummary> Latencies { get; init; } = [];

    /// <summary>Replies of 4xx and 5xx, by class and code.</summary>
    public IReadOnlyList<RefusalSummary> Refusals { get; init; } = [];

    /// <summary>The system under test; null when no process was named.</summary>
    public TargetUse? Target { get; init; }

    /// <summary>Processor time of this program for each message, in milliseconds.</summary>
    public double OwnCpuMilliseconds { get; init; }

    /// <summary>Share of all processors that was in use, by whomever.</summary>
    public double MachineBusy { get; init; }

    public IReadOnlyList<Second> Timeline { get; init; } = [];

    public IReadOnlyList<Minute> Minutes { get; init; } = [];

    /// <summary>Reads a file.</summary>
    public static RunReport Read(string path)
    {
        using FileStream file = File.OpenRead(path);
        return JsonSerializer.Deserialize(file, ReportJson.Default.RunReport) ?? throw new JsonException($"{path} is empty");
    }

    /// <summary>Writes a file.</summary>
    public void Write(string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        File.WriteAllBytes(path, JsonSerializer.SerializeToUtf8Bytes(this, ReportJson.Default.RunReport));
    }
}

/// <summary>Latencies of one kind and class, in milliseconds.</summary>
internal sealed record LatencySummary
{
    /// <summary>accept, service or endToEnd.</summary>
    public string Kind { get; init; } = string.Empty;

    /// <summary>clean or hostile.</summary>
    public string Class { get; init; } = string.Empty;

    public long Count { get; init; }

    public double Mean { get; init; }

    public double P50 { get; init; }

    public double P95 { get; init; }

    public double P99 { get; init; }

    public double P999 { get; init; }

    public double Max { get; init; }

    /// <summary>Percentile and milliseconds, for the curve.</summary>
    public IReadOnlyList<double[]> Curve { get; init; } = [];

    /// <summary>Sums up; null when there is nothing.</summary>
    public static LatencySummary? Of(string kind, string mailClass, LatencyRecorder recorder)
    {
        LongHistogram all = LatencyRecorder.Empty();
        recorder.AddTo(all);
        return all.TotalCount == 0 ? null : new LatencySummary
        {
            Kind = kind,
            Class = mailClass,
            Count = all.TotalCount,
            Mean = all.GetMean() / 1000,
            P50 = all.GetValueAtPercentile(50) / 1000.0,
            P95 = all.GetValueAtPercentile(95) / 1000.0,
            P99 = all.GetValueAtPercentile(99) / 1000.0,
            P999 = all.GetValueAtPercentile(99.9) / 1000.0,
            Max = all.GetMaxValue() / 1000.0,
            Curve = [.. all.Percentiles(5).Select(p => (double[])[Math.Round(p.PercentileLevelIteratedTo, 5), p.ValueIteratedTo / 1000.0])],
        };
    }
}

/// <summary>Replies of one class and code.</summary>
/// <param name="Reply">Class and code; 0 is no reply.</param>
/// <param name="Count">How many.</param>
/// <param name="Example">The first of them.</param>
internal sealed record RefusalSummary(string Reply, long Count, string Example);

/// <summary>What the system under test used.</summary>
internal sealed record TargetUse
{
    /// <summary>Processor time for each message, in milliseconds: of all it was sent, refused or not.</summary>
    public double CpuMillisecondsPerMessage { get; init; }

    public double CpuSeconds { get; init; }

    /// <summary>The largest sum of resident memory that was seen while it was measured, in MB (10^6).</summary>
    public double PeakMegabytes { get; init; }

    /// <summary>The largest since the processes started.</summary>
    public double PeakSinceStartMegabytes { get; init; }

    public int Processes { get; init; }
}

/// <summary>One second of a run. Latencies in milliseconds, of clean mail; -1 where nothing ended.</summary>
internal sealed record Second(double At, long Sent, long Accepted, long Delivered, long InFlight, double AcceptP50, double AcceptP99, double EndToEndP50, double EndToEndP99, double CpuPercent, double ResidentMegabytes);

/// <summary>One minute of a run.</summary>
internal sealed record Minute(int Number, long Accepted, long Delivered, double AcceptP99, double EndToEndP99, double EndToEndMax, double ResidentMegabytes);

/// <summary>The form of the file.</summary>
[JsonSourceGenerationOptions(WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(RunReport))]
internal sealed partial class ReportJson : JsonSerializerContext;
