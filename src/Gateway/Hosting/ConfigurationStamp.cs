namespace Gateway.Hosting;

/// <summary>Tells whether the configuration file was changed after it was read, when it is asked; nothing is watched.</summary>
/// <remarks>Threads: any.</remarks>
/// <param name="path">The file; null where there is none.</param>
internal sealed class ConfigurationStamp(string? path)
{
    private (DateTime Written, long Length)? _seen = Look(path);

    /// <summary>True when the file is another than the one that was read.</summary>
    public bool IsNewer => path is not null && Look(path) != _seen;

    /// <summary>The file is read now.</summary>
    public void Note() => _seen = Look(path);

    private static (DateTime Written, long Length)? Look(string? path)
    {
        FileInfo? file = path is null ? null : new FileInfo(path);
        return file is { Exists: true } ? (file.LastWriteTimeUtc, file.Length) : null;
    }
}
