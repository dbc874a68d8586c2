using System.Diagnostics.CodeAnalysis;

internal static class Silenced
{
    [SuppressMessage("Performance", "CA1822:Mark members as static", Justification = "an interface wants it")]
    public static void Save(string path) => File.Delete(path);
}
