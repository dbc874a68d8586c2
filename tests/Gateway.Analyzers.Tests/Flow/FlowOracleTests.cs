using Gateway.Analyzers.Tests.Harness;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Xunit;

namespace Gateway.Analyzers.Tests.Flow;

/// <summary>The flow engine against a reference that knows no graph, on random methods. <c>eng/laws.sh --flow</c> asks 100,000.</summary>
public class FlowOracleTests
{
    private const int Batch = 100;

    private const string Frame = """
        internal sealed class A : Exception;
        internal sealed class B : Exception;
        internal static class Random
        {
            [Durable] public static Task Commit() => Task.CompletedTask;
            public static void Other() { }
            [AcceptsMail] public static void Accept(int site) { }
        """;

    [Fact]
    public async Task Engine_RandomMethods_ReportsWhatTheReferenceReaches()
    {
        int count = int.Parse(Environment.GetEnvironmentVariable("GATEWAY_FLOW_METHODS") ?? "200", System.Globalization.CultureInfo.InvariantCulture);
        int seed = int.Parse(Environment.GetEnvironmentVariable("GATEWAY_FLOW_SEED") ?? "1", System.Globalization.CultureInfo.InvariantCulture);
        int bad = 0;
        int sites = 0;
        for (int done = 0; done < count; done += Batch)
        {
            Random random = new(seed + done);
            List<(string Code, IReadOnlySet<int> Bad)> methods = [.. Enumerable.Range(0, Math.Min(Batch, count - done)).Select(i => MethodModel.Make(random, "M" + i))];
            HashSet<(int Method, int Site)> found = await FoundAsync(methods.Select(static m => m.Code));
            for (int i = 0; i < methods.Count; i++)
            {
                HashSet<int> reported = [.. found.Where(f => f.Method == i).Select(static f => f.Site)];
                Assert.True(
                    reported.SetEquals(methods[i].Bad),
                    $"seed {seed + done}: engine {string.Join(' ', reported.Order())}, reference {string.Join(' ', methods[i].Bad.Order())}\n{methods[i].Code}");
                bad += reported.Count;
                sites += methods[i].Code.Split("Accept(").Length - 1;
            }
        }

        // Both verdicts occur, or the comparison would say nothing.
        Assert.True(bad > count / 10 && sites - bad > count / 10, $"{bad} of {sites} sites are bad");
    }

    private static async Task<HashSet<(int Method, int Site)>> FoundAsync(IEnumerable<string> methods)
    {
        SyntaxTree tree = LawRun.Parse(Frame + string.Concat(methods.Select(static m => "static " + m)) + "}");
        IReadOnlyList<Diagnostic> found = await LawRun.AnalyzeAsync(new GW0001AcceptBehindCommit(), LawRun.Compile(tree));
        SyntaxNode root = await tree.GetRootAsync();
        return [.. found.Select(d =>
        {
            InvocationExpressionSyntax call = root.FindNode(d.Location.SourceSpan).FirstAncestorOrSelf<InvocationExpressionSyntax>()!;
            string method = call.FirstAncestorOrSelf<MethodDeclarationSyntax>()!.Identifier.Text;
            return (int.Parse(method[1..], System.Globalization.CultureInfo.InvariantCulture),
                (int)((LiteralExpressionSyntax)call.ArgumentList.Arguments[0].Expression).Token.Value!);
        })];
    }
}
