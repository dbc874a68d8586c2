namespace Gateway.TestKit;

/// <summary>A file of the repository that a test makes: compared, or written anew with <c>GATEWAY_REGENERATE=1</c>.</summary>
public static class CommittedFile
{
    /// <summary>Says that a file is not what a test makes of the code; null when it is.</summary>
    /// <param name="expected">What it has to be, whole.</param>
    /// <param name="path">The file, folder by folder from the top of the repository.</param>
    public static string? Problem(string expected, params string[] path)
    {
        string file = Path.Combine([Repository.Root, .. path]);
        if (Environment.GetEnvironmentVariable("GATEWAY_REGENERATE") == "1")
        {
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            File.WriteAllText(file, expected);
        }

        return File.Exists(file) && File.ReadAllText(file) == expected ? null : $"{Path.Combine(path)} is not current; run this test with GATEWAY_REGENERATE=1";
    }
}
