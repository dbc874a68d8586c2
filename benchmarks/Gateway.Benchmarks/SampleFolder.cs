using Gateway.Mime;

namespace Gateway.Benchmarks;

/// <summary>Messages to measure on: the <c>.eml</c> files of the folder that the environment variable names, or generated ones.</summary>
internal sealed class SampleFolder
{
    /// <summary>The variable; its folder is read with LF made CRLF where a file has no CRLF, and without an mbox line, as mail arrives by SMTP.</summary>
    public const string Variable = "GATEWAY_SAMPLES";

    private SampleFolder(string name, IReadOnlyList<byte[]> messages)
    {
        Name = name;
        Messages = messages;
        Contents = [.. messages.Select(m => MessageBytes.FromMemory(m))];
        WireScanner scanner = new();
        Facts =
        [
            .. messages.Select(m =>
            {
                scanner.Reset();
                scanner.Append(m);
                return scanner.Complete();
            }),
        ];
    }

    public string Name { get; }

    public IReadOnlyList<byte[]> Messages { get; }

    public MessageBytes[] Contents { get; }

    public WireFacts[] Facts { get; }

    /// <summary>Inspects all of them as a session does, on scanned octets.</summary>
    /// <returns>How many findings there were.</returns>
    public int Inspect(MimeInspector inspector)
    {
        int findings = 0;
        for (int i = 0; i < Contents.Length; i++)
        {
            findings += inspector.Inspect(Contents[i], Facts[i], default).Findings.Count;
        }

        return findings;
    }

    public static SampleFolder Load()
    {
        if (Environment.GetEnvironmentVariable(Variable) is not { Length: > 0 } folder)
        {
            return new SampleFolder("generated", [SampleMail.Text(2 * 1024), SampleMail.Text(6 * 1024), SampleMail.Text(4 * 1024), SampleMail.Multipart()]);
        }

        byte[][] messages = [.. Directory.EnumerateFiles(folder, "*.eml", SearchOption.AllDirectories).Order(StringComparer.Ordinal).Select(f => Wire(File.ReadAllBytes(f)))];
        return messages.Length == 0
            ? throw new InvalidOperationException($"{Variable}: there is no .eml file in {folder}.")
            : new SampleFolder(Path.GetFileName(Path.TrimEndingDirectorySeparator(folder)), messages);
    }

    private static byte[] Wire(byte[] stored)
    {
        ReadOnlySpan<byte> rest = stored;
        if (rest.StartsWith("From "u8))
        {
            rest = rest[(rest.IndexOf((byte)'\n') + 1)..];
        }

        if (rest.IndexOf("\r\n"u8) >= 0)
        {
            return rest.ToArray();
        }

        MemoryStream wire = new(stored.Length + (stored.Length / 16));
        for (int end = rest.IndexOf((byte)'\n'); end >= 0; end = rest.IndexOf((byte)'\n'))
        {
            wire.Write(rest[..end]);
            wire.Write("\r\n"u8);
            rest = rest[(end + 1)..];
        }

        wire.Write(rest);
        return wire.ToArray();
    }
}
