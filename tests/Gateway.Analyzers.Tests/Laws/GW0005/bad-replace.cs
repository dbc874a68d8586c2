internal static class Users
{
    public static void Save(string draft, string path) => [|File.Replace(draft, path, null)|];

    public static void Copy(string draft, string path, bool force) => [|File.Copy(draft, path, force)|];

    public static FileStream New(string path) => [|File.Create(path)|];

    public static Action<string, string?> Writer() => [|File.WriteAllText|];
}
