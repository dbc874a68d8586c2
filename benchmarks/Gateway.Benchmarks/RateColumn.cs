using System.Globalization;
using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;

namespace Gateway.Benchmarks;

/// <summary>Shows the median as a rate: operations (messages) a second, or octets a second where a parameter says how many there are.</summary>
internal sealed class RateColumn : IColumn
{
    /// <summary>The parameter that makes a benchmark's octets known.</summary>
    public const string Octets = "Octets";

    private readonly bool _octets;

    private RateColumn(bool octets) => _octets = octets;

    /// <summary>GB/s, with 10^9 octets a GB.</summary>
    public static RateColumn BytesPerSecond { get; } = new(octets: true);

    /// <summary>Operations a second.</summary>
    public static RateColumn OperationsPerSecond { get; } = new(octets: false);

    /// <inheritdoc/>
    public string Id => nameof(RateColumn) + ColumnName;

    /// <inheritdoc/>
    public string ColumnName => _octets ? "GB/s" : "Op/s";

    /// <inheritdoc/>
    public bool AlwaysShow => false;

    /// <inheritdoc/>
    public ColumnCategory Category => ColumnCategory.Statistics;

    /// <inheritdoc/>
    public int PriorityInCategory => 100;

    /// <inheritdoc/>
    public bool IsNumeric => true;

    /// <inheritdoc/>
    public UnitType UnitType => UnitType.Dimensionless;

    /// <inheritdoc/>
    public string Legend => _octets ? "Octets of the parameter, in 10^9, for each second of the median" : "Operations for each second of the median";

    /// <inheritdoc/>
    public string GetValue(Summary summary, BenchmarkCase benchmarkCase) => GetValue(summary, benchmarkCase, SummaryStyle.Default);

    /// <inheritdoc/>
    public string GetValue(Summary summary, BenchmarkCase benchmarkCase, SummaryStyle style)
    {
        if (summary[benchmarkCase]?.ResultStatistics is not { } statistics)
        {
            return "-";
        }

        double nanoseconds = statistics.Median;
        return _octets
            ? (Convert.ToDouble(benchmarkCase.Parameters[Octets], CultureInfo.InvariantCulture) / nanoseconds).ToString("N2", CultureInfo.InvariantCulture)
            : (1e9 / nanoseconds).ToString("N0", CultureInfo.InvariantCulture);
    }

    /// <inheritdoc/>
    public bool IsAvailable(Summary summary) =>
        !_octets || summary.BenchmarksCases.All(c => c.Parameters.Items.Any(p => p.Name == Octets));

    /// <inheritdoc/>
    public bool IsDefault(Summary summary, BenchmarkCase benchmarkCase) => false;
}
