using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Diagnosers;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using Gateway.Benchmarks;
using Perfolizer.Horology;

const string Quick = "--quick";
const string Save = "--save";

if (args.Contains("--linear-time", StringComparer.Ordinal))
{
    return LinearTime.Run(args);
}

if (args.Contains("--families", StringComparer.Ordinal))
{
    return FamilyCosts.Run(args);
}

bool quick = args.Contains(Quick, StringComparer.Ordinal);
string? page = args.SkipWhile(a => a != Save).Skip(1).FirstOrDefault();
string[] rest = [.. args.Where(a => a is not (Quick or Save) && a != page)];

ManualConfig config = ManualConfig.Create(DefaultConfig.Instance)
    .AddDiagnoser(MemoryDiagnoser.Default)
    .AddColumn(StatisticColumn.Median, RateColumn.BytesPerSecond, RateColumn.OperationsPerSecond, new MedianRatioColumn())
    .HideColumns(BaselineRatioColumn.RatioMean, BaselineRatioColumn.RatioStdDev, BaselineAllocationRatioColumn.RatioMean)
    .HideColumns(Column.Error, Column.Gen0, Column.Gen1, Column.Gen2);
if (quick)
{
    // In this process, so that nothing is built for it, and short: for a first look and for busy machines. A run to quote takes the
    // default job, which starts a process of its own for each benchmark.
    config.AddJob(Job.Default.WithId("Quick")
        .WithToolchain(InProcessEmitToolchain.Instance)
        .WithWarmupCount(6)
        .WithIterationCount(9)
        .WithIterationTime(TimeInterval.FromMilliseconds(100)));
}

ResultsPage results = new(quick, args);
IEnumerable<Summary> summaries = BenchmarkSwitcher.FromAssembly(typeof(ScannerBenchmarks).Assembly).Run(rest, config);
if (page is not null)
{
    results.Write(page, summaries);
}

return 0;
