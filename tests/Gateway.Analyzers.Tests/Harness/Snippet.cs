using Microsoft.CodeAnalysis.Text;

namespace Gateway.Analyzers.Tests.Harness;

/// <summary>A piece of code with <c>[|marks|]</c> around what a law has to report.</summary>
public sealed class Snippet
{
    private Snippet(string text, IReadOnlyList<TextSpan> marked) => (Text, Marked) = (text, marked);

    /// <summary>The code without the marks.</summary>
    public string Text { get; }

    /// <summary>What was marked, in order.</summary>
    public IReadOnlyList<TextSpan> Marked { get; }

    /// <summary>The folder of the snippets.</summary>
    public static string Folder => Path.Combine(AppContext.BaseDirectory, "Laws");

    /// <summary>The names of a law's snippets.</summary>
    public static IEnumerable<string> Names(string law, string kind) =>
        Directory.GetFiles(Path.Combine(Folder, law), kind + "-*.cs").Select(f => Path.GetFileName(f)).Order(StringComparer.Ordinal);

    /// <summary>Reads a snippet of a law.</summary>
    public static Snippet Load(string law, string name) => Parse(File.ReadAllText(Path.Combine(Folder, law, name)));

    /// <summary>Takes the marks out of a text.</summary>
    public static Snippet Parse(string marked)
    {
        List<TextSpan> spans = [];
        System.Text.StringBuilder text = new();
        int start = -1;
        for (int at = 0; at < marked.Length; at++)
        {
            if (marked.AsSpan(at).StartsWith("[|", StringComparison.Ordinal))
            {
                start = text.Length;
                at++;
            }
            else if (start >= 0 && marked.AsSpan(at).StartsWith("|]", StringComparison.Ordinal))
            {
                spans.Add(TextSpan.FromBounds(start, text.Length));
                start = -1;
                at++;
            }
            else
            {
                text.Append(marked[at]);
            }
        }

        return new Snippet(text.ToString(), spans);
    }
}
