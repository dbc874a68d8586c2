namespace Gateway.TestKit;

/// <summary>Where the files of the repository are.</summary>
public static class Repository
{
    /// <summary>Its top folder.</summary>
    public static string Root { get; } = Find();

    /// <summary>The samples of the rules, a folder for each.</summary>
    public static string RuleSamples => Path.Combine(Root, "fuzz-corpus", "rules");

    private static string Find()
    {
        for (DirectoryInfo? at = new(AppContext.BaseDirectory); at is not null; at = at.Parent)
        {
            if (File.Exists(Path.Combine(at.FullName, "Gateway.sln")))
            {
                return at.FullName;
            }
        }

        throw new InvalidOperationException("The tests must run inside the repository.");
    }
}
