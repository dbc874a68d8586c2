internal static class Silenced
{
#pragma warning disable CA1822
    public static void Save(string path) => File.Delete(path);
#pragma warning restore CA1822
}
