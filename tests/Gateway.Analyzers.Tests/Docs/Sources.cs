using Gateway.TestKit;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Gateway.Analyzers.Tests.Docs;

/// <summary>The product's source, as far as it is read without a compilation.</summary>
internal static class Sources
{
    /// <summary>The trees of all files of src in the order of their paths, the analyzers and their marks left out.</summary>
    public static IEnumerable<SyntaxTree> Product() =>
        Directory.EnumerateFiles(Path.Combine(Repository.Root, "src"), "*.cs", SearchOption.AllDirectories)
            .Where(static f => !f.Split(Path.DirectorySeparatorChar).Any(static p => p is "obj" or "bin" or "Gateway.Analyzers" or "Gateway.Laws"))
            .Order(StringComparer.Ordinal)
            .Select(static f => CSharpSyntaxTree.ParseText(File.ReadAllText(f), path: f));
}
