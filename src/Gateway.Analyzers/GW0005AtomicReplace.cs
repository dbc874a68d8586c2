using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;

namespace Gateway.Analyzers;

/// <summary>GW0005: a file is replaced only through <c>AtomicFile</c>, which flushes file and directory around the rename.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class GW0005AtomicReplace : Law
{
    private const string Id = "GW0005";

    /// <summary>The one type that may.</summary>
    private const string Replacer = "AtomicFile";

    private static readonly DiagnosticDescriptor Rule = new(
        id: Id,
        title: "A file is replaced in a way that a power loss can leave empty",
        messageFormat: "'{0}' replaces a file, and a power loss may leave it empty or cut: use AtomicFile.Replace",
        category: "Durability",
        defaultSeverity: DiagnosticSeverity.Error,
        isEnabledByDefault: true,
        description: "See docs/analyzers/GW0005.md.",
        helpLinkUri: Page + Id + ".md",
        customTags: WellKnownDiagnosticTags.NotConfigurable);

    /// <inheritdoc/>
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics => [Rule];

    /// <inheritdoc/>
    private protected override void Begin(CompilationStartAnalysisContext context, Marks marks)
    {
        context.RegisterOperationAction(static c => Look(c, ((IInvocationOperation)c.Operation).TargetMethod), OperationKind.Invocation);
        context.RegisterOperationAction(static c => Look(c, ((IFieldReferenceOperation)c.Operation).Field), OperationKind.FieldReference);
        context.RegisterOperationAction(static c => Look(c, ((IMethodReferenceOperation)c.Operation).Method), OperationKind.MethodReference);
    }

    private static void Look(OperationAnalysisContext context, ISymbol used)
    {
        if (Replaces(used, context.Operation) && context.ContainingSymbol.ContainingType?.Name != Replacer && !Marks.Excuses(context.ContainingSymbol, Id))
        {
            string name = used.ContainingType.Name + "." + used.Name;
            context.ReportDiagnostic(Diagnostic.Create(Rule, context.Operation.Syntax.GetLocation(), name));
        }
    }

    private static bool Replaces(ISymbol used, IOperation operation)
    {
        if (used.ContainingType is not { ContainingNamespace: { Name: "IO", ContainingNamespace.Name: "System" } } type)
        {
            return false;
        }

        return (type.Name, used.Name) switch
        {
            ("File", "Replace" or "Create" or "CreateText") => true,
            ("File", "Move") => Overwrites((used as IMethodSymbol)!, operation as IInvocationOperation),
            ("File", "Copy") => Overwrites((used as IMethodSymbol)!, operation as IInvocationOperation),
            ("File", _) => used.Name.StartsWith("WriteAll", StringComparison.Ordinal),
            ("FileInfo", "Replace" or "Create" or "CreateText") => true,
            ("FileInfo", "MoveTo" or "CopyTo") => Overwrites((used as IMethodSymbol)!, operation as IInvocationOperation),
            ("FileMode", "Create") => true,
            _ => false,
        };
    }

    // Only a constant false says that nothing is overwritten.
    private static bool Overwrites(IMethodSymbol method, IInvocationOperation? call)
    {
        int at = method.Parameters.ToList().FindIndex(static p => p.Type.SpecialType == SpecialType.System_Boolean);
        return at >= 0 && call?.Arguments.FirstOrDefault(a => a.Parameter?.Ordinal == at)?.Value.ConstantValue is not { HasValue: true, Value: false };
    }
}
