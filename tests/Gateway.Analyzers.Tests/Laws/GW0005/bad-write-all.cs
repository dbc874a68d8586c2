internal static class Token
{
    public static void Save(string path, string token) => [|File.WriteAllText(path, token)|];

    public static Task SaveAsync(string path, byte[] octets) => [|File.WriteAllBytesAsync(path, octets)|];

    public static void Lines(string path, string[] lines) => Array.ForEach(lines, _ => [|File.WriteAllLines(path, lines)|]);
}
