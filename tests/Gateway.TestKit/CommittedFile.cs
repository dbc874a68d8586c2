using Gateway.TestKit;
using Xunit;

namespace Gateway.Analyzers.Tests.Docs;

/// <summary>A file of the repository that a test makes: compared, or written anew with <c>GATEWAY_REGENERATE=1</c>.</summary>
internal static class CommittedFile
{
    public static void IsCurrent(string expected, params string[] path)
    {
        string file = Path.Combine([Repository.Root, .. path]);
        if (Environment.GetEnvironmentVariable("GATEWAY_REGENERATE") == "1")
        {
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            File.WriteAllText(file, expected);
        }

        Assert.True(File.Exists(file) && File.ReadAllText(file) == expected, $"{Path.Combine(path)} is not current; run this test with GATEWAY_REGENERATE=1");
    }
}
