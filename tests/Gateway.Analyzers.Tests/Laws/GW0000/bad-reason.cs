internal static class Silenced
{
    [[|Excused("GW0005", "it is fine")|]]
    public static void Save(string path) => File.Delete(path);

    [[|Excused("replacing files", "the damaged file is only put aside, it does not matter")|]]
    public static void Aside(string path) => File.Delete(path);

    [[|CatchesAll("")|]]
    public static void Run(Action step) => step();
}
