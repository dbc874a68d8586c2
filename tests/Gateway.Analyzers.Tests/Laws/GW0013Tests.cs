using Gateway.Analyzers.Tests.Harness;
using Microsoft.CodeAnalysis;
using Xunit;

namespace Gateway.Analyzers.Tests.Laws;

public class GW0013Tests : LawTests<GW0013ListedNames>
{
    protected override IEnumerable<(string Name, string Text)> Files =>
    [
        ("docs/reference/log-events.txt", """
            # id, level, event
            1 Information HostLog.Started
            2 Error HostLog.Stopped
            7 Warning HostLog.Twice
            7 Warning HostLog.Other
            """),
        ("docs/reference/metrics.txt", """
            gateway.connections Counter
            gateway.ready ObservableGauge
            """),
    ];

    [Fact]
    public async Task Event_WhoseOtherHalfIsGenerated_IsLookedAt()
    {
        SyntaxTree written = LawRun.Parse("""
            using Microsoft.Extensions.Logging;
            internal static partial class HostLog
            {
                [LoggerMessage(999, LogLevel.Information, "{What} taken up anew")]
                public static partial void Reloaded(ILogger log, string what);
            }
            """);
        SyntaxTree generated = LawRun.Parse("""
            internal static partial class HostLog
            {
                [System.CodeDom.Compiler.GeneratedCode("Microsoft.Extensions.Logging.Generators", "10.0")]
                public static partial void Reloaded(Microsoft.Extensions.Logging.ILogger log, string what) { }
            }
            """, "LoggerMessage.g.cs");

        Assert.Single(await LawRun.AnalyzeAsync(new GW0013ListedNames(), LawRun.Compile(written, generated), files: Files));
    }
}
