internal static class Segments
{
    public static FileStream New(string path) => new(path, FileMode.CreateNew, FileAccess.Write);

    public static void Retire(string path) => File.Move(path, path + ".retired");

    public static void Keep(string path) => File.Copy(path, path + ".kept", overwrite: false);
}
