using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Text;

namespace Gateway.Analyzers.Listed;

/// <summary>A published list: one line each, its first word the id or name that has to be unique.</summary>
internal sealed class NameList
{
    private readonly HashSet<string> _lines = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _firstWords = new(StringComparer.Ordinal);

    private NameList(string name) => Name = name;

    /// <summary>The file's name.</summary>
    public string Name { get; }

    /// <summary>Reads the additional file of that name; empty if the project has none.</summary>
    public static NameList Read(AnalyzerOptions options, string name, CancellationToken cancellationToken)
    {
        NameList list = new(name);
        SourceText? text = options.AdditionalFiles
            .FirstOrDefault(f => string.Equals(Path.GetFileName(f.Path), name, StringComparison.Ordinal))?.GetText(cancellationToken);
        foreach (string line in text?.Lines.Select(static l => l.ToString().Trim()) ?? [])
        {
            if (line.Length > 0 && line[0] != '#')
            {
                list._lines.Add(line);
                list._firstWords[FirstWord(line)] = list._firstWords.TryGetValue(FirstWord(line), out int seen) ? seen + 1 : 1;
            }
        }

        return list;
    }

    /// <summary>Whether the line is in the list.</summary>
    public bool Has(string line) => _lines.Contains(line);

    /// <summary>Whether its id or name is used by another line too.</summary>
    public bool IsDouble(string line) => _firstWords[FirstWord(line)] > 1;

    private static string FirstWord(string line) => line.Split(' ')[0];
}
