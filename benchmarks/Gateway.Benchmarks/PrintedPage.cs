using System.Text;

namespace Gateway.Benchmarks;

/// <summary>A page of results that is printed as it is made, and saved where <c>--save FILE</c> says.</summary>
/// <param name="arguments">The command line.</param>
internal sealed class PrintedPage(string[] arguments)
{
    private readonly StringBuilder _page = new();

    /// <summary>The command that makes the page.</summary>
    public string Command => $"dotnet run -c Release --project benchmarks/Gateway.Benchmarks -- {string.Join(' ', arguments)}";

    /// <summary>What stands behind an option; null when it was not given.</summary>
    public string? After(string name) => arguments.SkipWhile(a => a != name).Skip(1).FirstOrDefault();

    /// <summary>Prints a line.</summary>
    public void Say(string line)
    {
        Console.WriteLine(line);
        _page.Append(line).Append('\n');
    }

    /// <summary>Saves the page if it is to be.</summary>
    public void Save()
    {
        if (After("--save") is string file)
        {
            File.WriteAllText(file, _page.ToString());
        }
    }
}
