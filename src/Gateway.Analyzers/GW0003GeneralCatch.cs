using System.Collections.Immutable;
using Gateway.Analyzers.Flow;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;

namespace Gateway.Analyzers;

/// <summary>GW0003: a general catch throws on, or its method says why it does not, and then hands the exception to somebody.</summary>
/// <remarks>
/// General is a catch of <c>Exception</c>, without a type, or with a filter that only names what it lets pass. A filter that asks a method about the
/// exception is taken for one that names kinds.
/// </remarks>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class GW0003GeneralCatch : Law
{
    private const string Id = "GW0003";

    private static readonly DiagnosticDescriptor Rule = new(
        id: Id,
        title: "A general catch swallows",
        messageFormat: "This catch takes every exception and does not throw on; name the kinds it is for, or mark '{0}' with [CatchesAll] and a reason",
        category: "Errors",
        defaultSeverity: DiagnosticSeverity.Error,
        isEnabledByDefault: true,
        description: "See docs/analyzers/GW0003.md.",
        helpLinkUri: Page + Id + ".md",
        customTags: WellKnownDiagnosticTags.NotConfigurable);

    private static readonly DiagnosticDescriptor Lost = new(
        id: Id,
        title: "A general catch swallows",
        messageFormat: "This catch takes every exception and hands it to nobody: log it, or fail what waits for it",
        category: "Errors",
        defaultSeverity: DiagnosticSeverity.Error,
        isEnabledByDefault: true,
        description: "See docs/analyzers/GW0003.md.",
        helpLinkUri: Page + Id + ".md",
        customTags: WellKnownDiagnosticTags.NotConfigurable);

    /// <inheritdoc/>
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics => [Rule, Lost];

    /// <inheritdoc/>
    private protected override void Begin(CompilationStartAnalysisContext context, Marks marks) => context.RegisterOperationAction(
        operation => Look(operation, (ICatchClauseOperation)operation.Operation), OperationKind.CatchClause);

    private static void Look(OperationAnalysisContext context, ICatchClauseOperation clause)
    {
        if (!Handlers.IsGeneral(clause.ExceptionType) || Narrows(clause.Filter) || ThrowsOn(clause))
        {
            return;
        }

        ISymbol member = Member(context.ContainingSymbol);
        Location at = ((CatchClauseSyntax)clause.Syntax).CatchKeyword.GetLocation();
        if (Marks.On(member, "CatchesAll") is null)
        {
            if (!Marks.Excuses(member, Id))
            {
                context.ReportDiagnostic(Diagnostic.Create(Rule, at, member.Name));
            }
        }
        else if (!HandsOn(clause))
        {
            context.ReportDiagnostic(Diagnostic.Create(Lost, at));
        }
    }

    // Lambdas and local functions cannot bear a mark in every form; the member around them does.
    private static ISymbol Member(ISymbol symbol) =>
        symbol is IMethodSymbol { MethodKind: MethodKind.LocalFunction or MethodKind.AnonymousFunction } nested ? Member(nested.ContainingSymbol) : symbol;

    private static bool ThrowsOn(ICatchClauseOperation clause)
    {
        ControlFlowAnalysis? ways = clause.SemanticModel!.AnalyzeControlFlow(((CatchClauseSyntax)clause.Syntax).Block);
        return ways is { Succeeded: true, EndPointIsReachable: false } && ways.ExitPoints.IsEmpty && ways.ReturnStatements.IsEmpty;
    }

    private static bool HandsOn(ICatchClauseOperation clause)
    {
        ILocalSymbol? caught = clause.Locals.FirstOrDefault();
        return caught is not null && clause.Handler.Descendants().Any(o =>
            o is ILocalReferenceOperation reference && SymbolEqualityComparer.Default.Equals(reference.Local, caught));
    }

    private static bool Narrows(IOperation? filter) => filter switch
    {
        IIsTypeOperation test => !Handlers.IsGeneral(test.TypeOperand),
        IIsPatternOperation test => Narrows(test.Pattern),
        IBinaryOperation { OperatorKind: BinaryOperatorKind.ConditionalOr or BinaryOperatorKind.Or } either => Narrows(either.LeftOperand) && Narrows(either.RightOperand),
        IBinaryOperation { OperatorKind: BinaryOperatorKind.ConditionalAnd or BinaryOperatorKind.And } both => Narrows(both.LeftOperand) || Narrows(both.RightOperand),
        IInvocationOperation call => call.Arguments.Any(static a => Handlers.IsException(a.Value.Type)) || Handlers.IsException(call.Instance?.Type),
        IParenthesizedOperation inner => Narrows(inner.Operand),
        _ => false,
    };

    private static bool Narrows(IPatternOperation pattern) => pattern switch
    {
        ITypePatternOperation type => !Handlers.IsGeneral(type.MatchedType),
        IDeclarationPatternOperation type => !Handlers.IsGeneral(type.MatchedType),
        IRecursivePatternOperation type => !Handlers.IsGeneral(type.MatchedType),
        IBinaryPatternOperation { OperatorKind: BinaryOperatorKind.Or } either => Narrows(either.LeftPattern) && Narrows(either.RightPattern),
        IBinaryPatternOperation both => Narrows(both.LeftPattern) || Narrows(both.RightPattern),
        _ => false,
    };
}
