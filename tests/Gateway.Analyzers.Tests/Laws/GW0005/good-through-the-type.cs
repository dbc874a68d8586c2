internal static class Pauses
{
    public static void Save(string path, byte[] content) => AtomicFile.Replace(path, content);
}

internal static class AtomicFile
{
    public static void Replace(string path, byte[] content)
    {
        using (FileStream draft = new(path + ".new", FileMode.Create, FileAccess.Write))
        {
            draft.Write(content);
            draft.Flush(flushToDisk: true);
        }

        File.Move(path + ".new", path, overwrite: true);
    }
}
