using System.Diagnostics.CodeAnalysis;

internal static class Silenced
{
    [[|SuppressMessage("Durability", "GW0005:a file is replaced", Justification = "it is fine")|]]
    public static void Save(string path) => File.Delete(path);
}
