internal static class Pauses
{
    public static void Save(string path, byte[] content)
    {
        using (FileStream draft = new(path + ".new", [|FileMode.Create|], FileAccess.Write))
        {
            draft.Write(content);
        }

        [|File.Move(path + ".new", path, overwrite: true)|];
    }
}
