using Gateway.Fuzz;
using FuzzProgram = Gateway.Fuzz.Program;

namespace Gateway.Acceptance.Fuzzing;

/// <summary>The fuzz for a few seconds with fixed seeds, everything it ever found, and the smuggling matrix.</summary>
/// <remarks>Longer runs are started by hand: <c>dotnet run -c Release --project tests/Gateway.Fuzz -- protocol --seconds 3600</c>.</remarks>
public sealed class FuzzTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public Task Protocol_ShortRun_HoldsEveryProperty(int seed) => HoldsAsync("protocol", "--cases", "400", "--seed", $"{seed}");

    [Fact]
    public Task Protocol_KeptCases_HoldEveryProperty() => HoldsAsync("protocol", "--replay", Corpus.ProtocolFolder);

    [Fact]
    public Task Messages_ShortRun_HoldsEveryProperty() => HoldsAsync("messages", "--cases", "5000", "--seed", "1");

    [Fact]
    public Task Messages_KeptSamples_HoldEveryProperty() => HoldsAsync("messages", "--replay", Corpus.MessagesFolder);

    [Fact]
    public Task Smuggling_EveryVariantInDataAndBdat_IsNeverTwoMessages() => HoldsAsync("smuggling", "--cases", "6");

    private static async Task HoldsAsync(params string[] arguments)
    {
        using StringWriter said = new();
        int code = await FuzzProgram.RunAsync(arguments, TextWriter.Synchronized(said), TestContext.Current.CancellationToken);
        Assert.True(code == 0, said.ToString());
    }
}
