using BenchmarkDotNet.Attributes;
using Gateway.Mime;
using Gateway.Mime.Rules;

namespace Gateway.Benchmarks;

/// <summary>What each family of rules costs: the inspection of the folder with this family alone, beside that with none.</summary>
/// <remarks>The folder: <see cref="SampleFolder.Variable"/>.</remarks>
public class FamilyBenchmarks
{
    /// <summary>No family: MimeReader, the strict scanner of structure beside it, and what belongs to every message.</summary>
    public const string None = "(none)";

    /// <summary>Every family.</summary>
    public const string All = "(all)";

    private readonly SampleFolder _samples = SampleFolder.Load();
    private MimeInspector _inspector = new();

    /// <summary>The names of the families.</summary>
    public static IEnumerable<string> Families => [None, All, .. RuleFamilies.Create().Select(f => f.GetType().Name)];

    /// <summary>The family.</summary>
    [ParamsSource(nameof(Families))]
    public string Family { get; set; } = None;

    /// <summary>Makes the inspector.</summary>
    [GlobalSetup]
    public void MakeInspector() => _inspector = new MimeInspector(
        TimeProvider.System, InspectionLimits.Default, [.. RuleFamilies.Create().Where(f => Family == All || f.GetType().Name == Family)]);

    /// <summary>Inspects the folder.</summary>
    [Benchmark]
    public int Inspect() => _samples.Inspect(_inspector);
}
