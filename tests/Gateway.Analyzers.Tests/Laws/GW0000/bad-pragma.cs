internal static class Silenced
{
[|#pragma warning disable GW0005|]
    public static void Save(string path) => File.Delete(path);
#pragma warning restore GW0005

[|#pragma warning disable|]
    public static void All(string path) => File.Delete(path);
#pragma warning restore
}
