using Gateway.Api;

namespace Gateway.Hosting;

/// <summary>What a running gateway leaves for the commands: its address in the data directory, and in the runtime directory the way to the data directory.</summary>
/// <remarks>Promises: they are gone when the gateway ended, but for a kill. Threads: one.</remarks>
/// <param name="dataDirectory">The data directory.</param>
/// <param name="runtimeDirectory">systemd's runtime directory of the service; null where there is none.</param>
internal sealed class InstanceFiles(string dataDirectory, string? runtimeDirectory) : IDisposable
{
    /// <summary>The file in the runtime directory that has the path of the data directory.</summary>
    public const string PointerName = "data-directory";

    private readonly List<string> _written = [];

    /// <summary>Makes a new token and writes the files. To be called when the data directory is ours alone.</summary>
    /// <param name="management">Where the management interface is.</param>
    /// <param name="ct">Stops it.</param>
    public async Task<ManagementToken> WriteAsync(string management, CancellationToken ct)
    {
        _written.Add(Path.Combine(dataDirectory, ManagementToken.FileName));
        ManagementToken token = ManagementToken.Create(dataDirectory);
        await WriteAsync(Path.Combine(dataDirectory, ManagementEndPoint.FileName), management, ct);
        if (runtimeDirectory is not null)
        {
            await WriteAsync(Path.Combine(runtimeDirectory, PointerName), Path.GetFullPath(dataDirectory) + "\n", ct);
        }

        return token;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _written.ForEach(File.Delete);
        _written.Clear();
    }

    [Excused("GW0005", "what the file says is true of this process only: after a power loss nobody needs it")]
    private Task WriteAsync(string path, string content, CancellationToken ct)
    {
        _written.Add(path);
        return File.WriteAllTextAsync(path, content, ct);
    }
}
