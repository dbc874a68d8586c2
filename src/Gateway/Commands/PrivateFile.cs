using Gateway.Faults;

namespace Gateway.Commands;

/// <summary>Files and folders with other people's mail: only the user who writes them reads them, whatever the umask.</summary>
/// <remarks>Fails: <see cref="CommandFailedException"/> with <see cref="ExitCode.CannotCreate"/>.</remarks>
internal static class PrivateFile
{
    /// <summary>Makes a folder with all above it, when it is not there; one that is a link is refused, because it may lead anywhere.</summary>
    public static void MakeFolder(string path) => Guard<object?>(path, () =>
    {
        if (new DirectoryInfo(Path.TrimEndingDirectorySeparator(path)).LinkTarget is string target)
        {
            throw new IOException($"it is a link to {target}; name that folder itself");
        }

        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(path);
        }
        else
        {
            Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }

        return null;
    });

    /// <summary>Makes a file; a file or link of that name is replaced, not followed.</summary>
    public static FileStream Create(string path) => Guard(path, () =>
    {
        File.Delete(path);
        return New(path);
    });

    /// <summary>Writes a file whole: what fails leaves none behind.</summary>
    public static async Task WriteAsync(string path, Func<Stream, Task> write)
    {
        await using FileStream file = Create(path);
        try
        {
            await write(file);
            await file.FlushAsync();
        }
        catch (Exception e)
        {
            File.Delete(path);
            if (e is IOException and not HttpIOException)
            {
                throw Failed(path, e);
            }

            throw;
        }
    }

    /// <summary>Makes a file that must not be there yet.</summary>
    public static FileStream New(string path)
    {
        FileStreamOptions options = new() { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        return new FileStream(path, options);
    }

    private static T Guard<T>(string path, Func<T> make)
    {
        try
        {
            return make();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Failed(path, e);
        }
    }

    private static CommandFailedException Failed(string path, Exception e) =>
        new(ExitCode.CannotCreate, $"{Relay.Telemetry.LogText.Escape(path)} cannot be written: {SystemFailure.Of(e)}");
}
