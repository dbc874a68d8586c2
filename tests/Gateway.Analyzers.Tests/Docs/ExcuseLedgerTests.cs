using System.Globalization;
using Gateway.TestKit;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis;
using Xunit;

namespace Gateway.Analyzers.Tests.Docs;

/// <summary>Every exception to a law is in docs/analyzers/excuses.md, and there are few.</summary>
public class ExcuseLedgerTests
{
    private const int Most = 60;

    private static readonly Dictionary<string, string> Laws = new(StringComparer.Ordinal)
    {
        ["CatchesAll"] = "GW0003",
        ["Endless"] = "GW0007",
        ["BoundedRecursion"] = "GW0009",
    };

    [Fact]
    public void Ledger_CommittedPage_IsCurrent()
    {
        List<(string Law, string Member, string Reason)> all = [.. All().OrderBy(static e => e.Law, StringComparer.Ordinal).ThenBy(static e => e.Member, StringComparer.Ordinal)];
        List<(string Law, string Member, string Reason)> excuses = [.. all.Where(static e => e.Law != "GW0009")];
        List<(string Law, string Member, string Reason)> bounds = [.. all.Except(excuses)];
        string page = string.Create(CultureInfo.InvariantCulture, $"""
            # Exceptions to the laws

            Generated from the marks in the source by `ExcuseLedgerTests`. {excuses.Count} of at most {Most}: each member that breaks a law on purpose, and why.

            | Law | Member | Why |
            |---|---|---|
            {string.Join('\n', excuses.Select(Row))}

            ## Bounds

            No exceptions: what bounds a recursion, as its law wants it ({bounds.Count}).

            | Law | Member | Bound |
            |---|---|---|
            {string.Join('\n', bounds.Select(Row))}

            """).ReplaceLineEndings("\n");
        Assert.Null(CommittedFile.Problem(page, "docs", "analyzers", "excuses.md"));
        Assert.True(excuses.Count <= Most, $"{excuses.Count} excuses");
    }

    private static string Row((string Law, string Member, string Reason) entry) => $"| {entry.Law} | `{entry.Member}` | {entry.Reason.Replace("|", "\\|", StringComparison.Ordinal)} |";

    private static IEnumerable<(string Law, string Member, string Reason)> All()
    {
        foreach (AttributeSyntax attribute in Sources.Product().SelectMany(static t => t.GetRoot().DescendantNodes().OfType<AttributeSyntax>()))
        {
            string name = attribute.Name.ToString();
            if (name == "Excused" || Laws.ContainsKey(name))
            {
                List<string> texts = [.. attribute.ArgumentList!.Arguments.Select(static a => Text(a.Expression))];
                yield return (name == "Excused" ? texts[0] : Laws[name], Member(attribute), texts[^1]);
            }
        }
    }

    private static string Text(ExpressionSyntax expression) => expression switch
    {
        LiteralExpressionSyntax literal => literal.Token.ValueText,
        BinaryExpressionSyntax sum when sum.IsKind(SyntaxKind.AddExpression) => Text(sum.Left) + Text(sum.Right),
        InvocationExpressionSyntax { ArgumentList.Arguments: [var argument] } => "`" + argument + "`",
        _ => expression.ToString(),
    };

    private static string Member(AttributeSyntax attribute)
    {
        string type = string.Join('.', attribute.Ancestors().OfType<BaseTypeDeclarationSyntax>().Reverse().Select(static t => t.Identifier.Text));
        string? member = attribute.Ancestors().Select(Name).FirstOrDefault(static n => n is not null);
        return member is null ? type : type + "." + member;
    }

    private static string? Name(SyntaxNode node) => node switch
    {
        MethodDeclarationSyntax method => method.Identifier.Text,
        LocalFunctionStatementSyntax function => function.Identifier.Text,
        ConstructorDeclarationSyntax => "ctor",
        PropertyDeclarationSyntax property => property.Identifier.Text,
        FieldDeclarationSyntax field => field.Declaration.Variables[0].Identifier.Text,
        _ => null,
    };
}
