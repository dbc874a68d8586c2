using System.Diagnostics;
using Gateway.Tests.Management;
using Xunit;

namespace Gateway.Tests.Faults;

/// <summary>The real executable as a user without rights: <c>nobody</c> where the tests run as root.</summary>
internal sealed class PlainUser : IDisposable
{
    private const UnixFileMode Everybody =
        UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupRead | UnixFileMode.GroupWrite
        | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;

    private static readonly Lazy<string> s_program = new(Program);

    private readonly TemporaryFolder _folder = new();

    public PlainUser()
    {
        SetMode(_folder.Path, Everybody);
        Directory.CreateDirectory(Home);
        SetMode(Home, Everybody);
        Forbidden = Path.Combine(_folder.Path, "forbidden");
        Directory.CreateDirectory(Forbidden);
        SetMode(Forbidden, default);
    }

    /// <summary>A folder that the user may neither read nor write.</summary>
    public string Forbidden { get; }

    /// <summary>A folder that the user may write.</summary>
    public string Home => Path.Combine(_folder.Path, "home");

    /// <summary>A path in a folder that the user may write.</summary>
    public string this[string name] => Path.Combine(_folder.Path, name);

    /// <summary>Makes a file that the user may not read.</summary>
    public string Unreadable(string name, string content)
    {
        string path = _folder.Write(name, content);
        SetMode(path, default);
        return path;
    }

    /// <summary>Makes a file that everybody may read.</summary>
    public string Write(string name, string content) => _folder.Write(name, content);

    /// <summary>Makes a folder.</summary>
    public string Folder(string name, bool isForbidden = false)
    {
        string path = this[name];
        Directory.CreateDirectory(path);
        SetMode(path, isForbidden ? default : Everybody);
        return path;
    }

    /// <summary>Runs a command to its end; a relay that starts although it should not is stopped after a while.</summary>
    /// <param name="words">The command.</param>
    /// <param name="variables">Variables beside those of the test.</param>
    /// <param name="output">A file that gets standard output; null to read it.</param>
    /// <param name="prelude">Shell commands as the user of the tests before it.</param>
    /// <param name="asRoot">As the user of the tests instead.</param>
    public async Task<CommandRun> RunAsync(
        IReadOnlyList<string> words, IReadOnlyDictionary<string, string>? variables = null, string? output = null, string? prelude = null, bool asRoot = false)
    {
        string[] user = Environment.UserName == "root" && !asRoot ? ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"] : [];
        string[] command = [.. user, s_program.Value, .. words];
        string script = $"{(prelude is null ? string.Empty : prelude + " && ")}exec \"$@\"{(output is null ? string.Empty : $" >{output}")}";
        ProcessStartInfo start = new(prelude is null ? "/bin/sh" : "unshare", [.. prelude is null ? (string[])[] : ["-m", "/bin/sh"], "-c", script, "sh", .. command])
        {
            UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = Home,
        };
        start.Environment["HOME"] = Home;
        start.Environment.Remove("STATE_DIRECTORY");
        start.Environment.Remove("NOTIFY_SOCKET");
        foreach ((string name, string value) in variables ?? new Dictionary<string, string>(StringComparer.Ordinal))
        {
            start.Environment[name] = value;
        }

        using Process process = Process.Start(start)!;
        process.StandardInput.Close();
        using CancellationTokenSource patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(TimeSpan.FromMinutes(2));
        try
        {
            Task<string> said = process.StandardOutput.ReadToEndAsync(patience.Token);
            Task<string> error = process.StandardError.ReadToEndAsync(patience.Token);
            await process.WaitForExitAsync(patience.Token);
            return new CommandRun(process.ExitCode, await said, await error);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }
    }

    public void Dispose()
    {
        SetMode(Forbidden, Everybody);
        _folder.Dispose();
    }

    private static void SetMode(string path, UnixFileMode mode)
    {
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(path, mode);
        }
    }

    /// <summary>The executable where the user may read it: where it was built, or a copy.</summary>
    private static string Program()
    {
        string built = AppContext.BaseDirectory;
        if (IsReadableByAll(built))
        {
            return Path.Combine(built, "gateway");
        }

        string copy = Directory.CreateTempSubdirectory("gateway-test-program-").FullName;
        using (Process process = Process.Start("/bin/sh", ["-c", $"cp -r '{built}.' '{copy}' && chmod -R a+rX '{copy}'"]))
        {
            process.WaitForExit();
        }

        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(copy, recursive: true);
        return Path.Combine(copy, "gateway");
    }

    private static bool IsReadableByAll(string path)
    {
        for (DirectoryInfo? folder = new(path); folder is not null; folder = folder.Parent)
        {
            if (!folder.UnixFileMode.HasFlag(UnixFileMode.OtherExecute))
            {
                return false;
            }
        }

        return true;
    }
}
