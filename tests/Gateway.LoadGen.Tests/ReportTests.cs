using Gateway.LoadGen.Account;
using Gateway.LoadGen.Measure;
using Gateway.LoadGen.Report;

namespace Gateway.LoadGen.Tests;

public sealed class ReportTests
{
    private const string Nasty = "550 <script>alert('x')</script> & \"quotes\"\u001b[31m";

    [Fact]
    public void Latency_OneToAThousandMilliseconds_PercentilesAreThose()
    {
        LatencyRecorder recorder = new();
        for (int i = 1; i <= 1000; i++)
        {
            recorder.Record(0, i * 1_000_000L);
        }

        LatencySummary summary = Assert.IsType<LatencySummary>(LatencySummary.Of("accept", "clean", recorder));
        Assert.Equal(1000, summary.Count);
        Assert.Equal(500, summary.P50, 0.5);
        Assert.Equal(950, summary.P95, 1.0);
        Assert.Equal(990, summary.P99, 1.0);
        Assert.Equal(999, summary.P999, 1.0);
        Assert.Equal(1000, summary.Max, 1.0);
        Assert.Equal(500.5, summary.Mean, 1.0);
    }

    [Fact]
    public void Latency_Nothing_IsNull() => Assert.Null(LatencySummary.Of("accept", "clean", new LatencyRecorder()));

    [Fact]
    public void Json_WrittenAndRead_IsTheSame()
    {
        string path = Path.Combine(Path.GetTempPath(), $"loadgen-{Guid.NewGuid():n}.json");
        try
        {
            RunReport report = Report();
            report.Write(path);
            RunReport read = RunReport.Read(path);

            Assert.Equivalent(report, read, strict: true);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void Html_TextFromTheWire_IsEscaped()
    {
        string page = HtmlReport.Write(Report());

        Assert.DoesNotContain("<script", page, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("\u001b", page, StringComparison.Ordinal);
        Assert.Contains("&lt;script&gt;", page, StringComparison.Ordinal);
        Assert.DoesNotContain("http://", page.Replace("http://www.w3.org/2000/svg", string.Empty, StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.DoesNotContain("NaN", page, StringComparison.Ordinal);
    }

    [Fact]
    public void Text_TextFromTheWire_HasNoControls() => Assert.DoesNotContain("\u001b", TextReport.Write(Report(), hasSink: true), StringComparison.Ordinal);

    [Fact]
    public void Compare_TwoSystems_MediansSpreadAndRatio()
    {
        RunReport Of(string label, double rate) => new() { Label = label, DeliveredPerSecond = rate };
        string table = Comparison.Write([Of("a", 100), Of("b", 1000), Of("a", 300), Of("b", 1200), Of("a", 200)]);

        Assert.Contains("| end to end, messages/s | 200 [100-300] | 1,100 [1,000-1,200] (5.5x) |", table, StringComparison.Ordinal);
    }

    [Fact]
    public void Plot_NoSuchColumn_SaysSo() => Assert.Throws<FormatException>(() => CsvPlot.Write("a,b\n1,2\n", "t", "a", ["c"], logX: false, logY: false));

    [Fact]
    public void Plot_LogarithmicWithZero_LeavesThePointOut()
    {
        string svg = CsvPlot.Write("a,b\n0,1\n1,2\n10,3\n", "t", "a", ["b"], logX: true, logY: false);

        Assert.Equal(2, svg.Split("<circle").Length - 1);
    }

    [Theory]
    [InlineData("4k", 4096)]
    [InlineData("4096", 4096)]
    [InlineData("1.5M", 1572864)]
    [InlineData("25MB", 26214400)]
    [InlineData("10KiB", 10240)]
    public void Octets_AsPeopleWrite_AreRead(string text, int octets) => Assert.Equal(octets, Amounts.Octets(text));

    [Theory]
    [InlineData("500ms", 0.5)]
    [InlineData("2m", 120)]
    [InlineData("3", 3)]
    public void Time_AsPeopleWrite_IsRead(string text, double seconds) => Assert.Equal(seconds, Amounts.Time(text).TotalSeconds);

    [Theory]
    [InlineData("x")]
    [InlineData("4kk")]
    public void Octets_Nonsense_IsRefused(string text) => Assert.Throws<FormatException>(() => Amounts.Octets(text));

    [Fact]
    public void Sampler_ThisProcess_HasMemoryAndTime()
    {
        ProcessSampler sampler = new([Environment.ProcessId], null, null);
        ProcessSample sample = sampler.Take();

        Assert.InRange(sample.ResidentOctets, 1_000_000, long.MaxValue);
        Assert.InRange(sampler.Resident(), 1_000_000, long.MaxValue);
        Assert.InRange(sample.PeakOctets, 1_000_000, long.MaxValue);
        Assert.InRange(sample.CpuSeconds, 0.01, double.MaxValue);
    }

    private static RunReport Report() => new()
    {
        Label = Nasty,
        Workload = Nasty,
        Account = new LoadAccount { Clean = new ClassAccount { Sent = 3, Accepted = 2, Missing = 1 }, Examples = [Nasty] },
        Latencies = [new LatencySummary { Kind = "accept", Class = "clean", Count = 1, P50 = 1, Curve = [[0, 1], [50, 1], [100, 1]] }],
        Refusals = [new RefusalSummary("clean 550", 2, Nasty)],
        Target = new TargetUse { CpuSeconds = 1, Processes = 2 },
        Timeline = [new Second(1, 1, 1, 1, 0, -1, -1, -1, -1, 10, 20), new Second(2, 1, 1, 1, 0, 1, 2, 3, 4, 10, 20)],
        Minutes = [new Minute(1, 2, 3, 4, 5, 6, 7)],
        Machine = new Machine { CommandLine = Nasty, Date = new DateTimeOffset(2026, 3, 2, 10, 0, 0, TimeSpan.Zero) },
    };
}
