using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Diagnostics;

namespace Gateway.Analyzers;

/// <summary>GW0000: a law is silenced only by a mark with a reason, never by pragma, SuppressMessage or severity.</summary>
/// <remarks>Holds for every project. Severities of the laws themselves cannot be configured; this one sees who tries.</remarks>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class GW0000Silenced : DiagnosticAnalyzer
{
    private const string Id = "GW0000";

    /// <summary>The shortest reason, in characters.</summary>
    private const int ShortestReason = 20;

    // Position of the reason among the arguments of each mark that needs one.
    private static readonly ImmutableDictionary<string, int> Reasons = new Dictionary<string, int>(StringComparer.Ordinal)
    {
        ["Excused"] = 1,
        ["CatchesAll"] = 0,
        ["Endless"] = 0,
    }.ToImmutableDictionary(StringComparer.Ordinal);

    private static readonly DiagnosticDescriptor Rule = new(
        id: Id,
        title: "A law is silenced in a way that nobody counts",
        messageFormat: "{0}: an exception to a law is a mark with a reason ([Excused], [CatchesAll], [Endless])",
        category: "Laws",
        defaultSeverity: DiagnosticSeverity.Error,
        isEnabledByDefault: true,
        description: "See docs/analyzers/GW0000.md.",
        helpLinkUri: "docs/analyzers/GW0000.md",
        customTags: WellKnownDiagnosticTags.NotConfigurable);

    private static readonly DiagnosticDescriptor Options = new(
        id: Id,
        title: "A law is silenced in a way that nobody counts",
        messageFormat: "The project's options change the severity of {0}: an exception to a law is a mark with a reason",
        category: "Laws",
        defaultSeverity: DiagnosticSeverity.Error,
        isEnabledByDefault: true,
        description: "See docs/analyzers/GW0000.md.",
        helpLinkUri: "docs/analyzers/GW0000.md",
        customTags: [WellKnownDiagnosticTags.NotConfigurable, WellKnownDiagnosticTags.CompilationEnd]);

    /// <inheritdoc/>
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics => [Rule, Options];

    /// <inheritdoc/>
    public override void Initialize(AnalysisContext context)
    {
        context.ConfigureGeneratedCodeAnalysis(GeneratedCodeAnalysisFlags.None);
        context.EnableConcurrentExecution();
        context.RegisterSyntaxTreeAction(LookAtPragmas);
        context.RegisterSyntaxNodeAction(LookAtAttribute, SyntaxKind.Attribute);
        context.RegisterCompilationAction(LookAtOptions);
    }

    private static void LookAtPragmas(SyntaxTreeAnalysisContext context)
    {
        SyntaxNode root = context.Tree.GetRoot(context.CancellationToken);
        for (DirectiveTriviaSyntax? at = root.GetFirstDirective(); at is not null; at = at.GetNextDirective())
        {
            if (at is PragmaWarningDirectiveTriviaSyntax pragma && pragma.DisableOrRestoreKeyword.IsKind(SyntaxKind.DisableKeyword)
                && (pragma.ErrorCodes.Count == 0 || pragma.ErrorCodes.Any(static c => IsLaw(c.ToString()))))
            {
                context.ReportDiagnostic(Diagnostic.Create(Rule, pragma.GetLocation(), "A pragma switches a law off"));
            }
        }
    }

    private static void LookAtAttribute(SyntaxNodeAnalysisContext context)
    {
        AttributeSyntax attribute = (AttributeSyntax)context.Node;
        string name = NameOf(attribute.Name);
        List<string?> texts = attribute.ArgumentList?.Arguments.Select(a => context.SemanticModel.GetConstantValue(a.Expression).Value as string).ToList() ?? [];
        string? fault = name switch
        {
            "SuppressMessage" or "UnconditionalSuppressMessage" when texts.Exists(static t => t is not null && IsLaw(t)) => "An attribute switches a law off",
            "Excused" when texts.Count > 0 && !IsWholeId(texts[0]) => "An excuse names its law, for example GW0005",
            _ when Reasons.TryGetValue(name, out int at) && (texts.Count <= at || (texts[at]?.Trim().Length ?? 0) < ShortestReason) => "A reason of 20 characters or more is missing",
            _ => null,
        };
        if (fault is not null)
        {
            context.ReportDiagnostic(Diagnostic.Create(Rule, attribute.GetLocation(), fault));
        }
    }

    private static void LookAtOptions(CompilationAnalysisContext context)
    {
        foreach (string id in context.Compilation.Options.SpecificDiagnosticOptions.Keys.Where(IsLaw))
        {
            context.ReportDiagnostic(Diagnostic.Create(Options, Location.None, id));
        }
    }

    private static string NameOf(NameSyntax name)
    {
        string last = name is QualifiedNameSyntax qualified ? qualified.Right.Identifier.Text : ((SimpleNameSyntax)name).Identifier.Text;
        return last.EndsWith("Attribute", StringComparison.Ordinal) ? last.Substring(0, last.Length - "Attribute".Length) : last;
    }

    private static bool IsLaw(string id) => id.Length >= 3 && id.StartsWith("GW", StringComparison.OrdinalIgnoreCase) && char.IsDigit(id[2]);

    private static bool IsWholeId(string? id) => id is { Length: 6 } && IsLaw(id) && id.Skip(2).All(char.IsDigit);
}
