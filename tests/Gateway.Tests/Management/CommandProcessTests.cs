using System.Collections.Concurrent;
using System.CommandLine;
using System.Diagnostics;
using Xunit;

namespace Gateway.Tests.Management;

/// <summary>Every command as a process of its own, against output that is full or closed and folders that cannot be used.</summary>
/// <remarks>What <see cref="CommandTableTests"/> shows in this process can differ in a real one: the runtime itself aborts (134) where nobody catches.</remarks>
public sealed class CommandProcessTests
{
    private static readonly string Executable = Path.Combine(AppContext.BaseDirectory, "gateway");

    public static bool IsLinux { get; } = OperatingSystem.IsLinux();

    [Fact(SkipUnless = nameof(IsLinux), Skip = "/dev/full is Linux's")]
    public async Task Output_FullOrClosed_DocumentedCodeAndNoStack()
    {
        await using LiveGateway gateway = await LiveGateway.StartAsync();
        await gateway.QuarantinedAsync();
        List<Try> tries = [];
        foreach ((string name, Command command) in CommandTree.Leaves())
        {
            string[] words = name.Split(' ');
            tries.Add(new Try([.. words, "--help"], tries.Count % 2 == 0 ? ">/dev/full" : ">&-", 74));
            tries.Add(new Try([.. words, "--nosuch"], tries.Count % 4 < 2 ? "2>/dev/full" : "2>&-", 64));
            if (!CommandTree.IsOnlyParsed(name))
            {
                tries.Add(new Try([.. CommandTree.Words(name, command, Path.Combine(gateway.Folder, "no-folder"))], tries.Count % 2 == 0 ? ">/dev/full" : ">&-"));
            }
        }

        tries.Add(new Try(["quarantine", "list"], ">/dev/full", 74));
        tries.Add(new Try(["quarantine", "list", "-f", "json"], ">&-", 74));
        tries.Add(new Try(["config", "show"], ">/dev/full 2>&1", 74));
        tries.Add(new Try(["demo"], ">/dev/full", 74));
        await RunAllAsync(gateway, tries);
    }

    [Fact(SkipUnless = nameof(IsLinux), Skip = "/sys is Linux's")]
    public async Task Folder_LinkUnwritableOrGone_DocumentedCodeAndNoStack()
    {
        await using LiveGateway gateway = await LiveGateway.StartAsync();
        string held = await gateway.QuarantinedAsync();
        string real = Path.Combine(gateway.Folder, "real");
        string link = Path.Combine(gateway.Folder, "link");
        Directory.CreateDirectory(real);
        File.CreateSymbolicLink(link, real);
        List<Try> tries = [];
        foreach ((string name, Command command) in CommandTree.Leaves().Where(c => !CommandTree.IsOnlyParsed(c.Name)))
        {
            // Where it was started is gone before it begins.
            tries.Add(new Try([.. CommandTree.Words(name, command, "out")], $">{gateway.Folder}/{tries.Count}.out", Vanished: true));
            foreach (Option option in command.Options.Where(static o => o.HelpName == "DIR"))
            {
                string[] others = [.. CommandTree.Words(name, command, Path.Combine(gateway.Folder, "no-folder"), except: option).Select(word => word == CommandTree.Nobody ? held : word)];
                string[] everything = command.Options.Any(static o => o.Name == "--all") ? ["--all"] : [];
                int? unwritable = name == "spool recover" ? null : 73;
                tries.Add(new Try([.. others, .. everything, option.Name, "/sys/nothing"], string.Empty, unwritable));
                tries.Add(new Try([.. others, .. everything, option.Name, link], string.Empty, unwritable));
            }
        }

        Assert.Contains(tries, t => t.Words.Contains(link));
        await RunAllAsync(gateway, tries);
        Assert.Empty(Directory.EnumerateFileSystemEntries(real));
    }

    [Fact(SkipUnless = nameof(IsLinux), Skip = "Names are octets on Linux")]
    public async Task FileName_NotUtf8_IsSaidSo()
    {
        await using LiveGateway gateway = await LiveGateway.StartAsync();
        string folder = Path.Combine(gateway.Folder, "mail");
        Directory.CreateDirectory(folder);
        (int code, string error) = await ShellAsync("printf 'Subject: x\\r\\n\\r\\n' > \"$1\"/$(printf 'a\\344.eml'); exec \"$0\" check \"$1\"", folder);
        Assert.Equal(2, code);
        Assert.EndsWith("a\uFFFD.eml: its name is not UTF-8\n", error, StringComparison.Ordinal);
        (code, error) = await ShellAsync("cd \"$1\"; mv a* $(printf 'b\\344.json'); exec \"$0\" queue import . \"--Gateway:DataDirectory=$2\"", folder, gateway.Options.DataDirectory);
        Assert.Equal(2, code);
        Assert.Contains("b\uFFFD: its files cannot be read: its name is not UTF-8", error, StringComparison.Ordinal);
        // The runtime cannot delete it.
        await ShellAsync("rm -r \"$1\"", folder);
    }

    private static async Task RunAllAsync(LiveGateway gateway, List<Try> tries)
    {
        ConcurrentBag<string> wrong = [];
        await Parallel.ForEachAsync(tries, new ParallelOptions { MaxDegreeOfParallelism = 4, CancellationToken = LiveGateway.Ct }, async (one, _) =>
        {
            string where = Path.Combine(gateway.Folder, Guid.NewGuid().ToString("N"));
            Directory.CreateDirectory(where);
            string gone = one.Vanished ? "rmdir \"$PWD\";" : string.Empty;
            (int code, string error) = await ShellAsync(
                $"cd '{where}'; {gone} exec \"$0\" \"$@\" </dev/null {one.Redirection}", [.. one.Words, $"--Gateway:DataDirectory={gateway.Options.DataDirectory}"]);
            if ((one.Code ?? code) != code || !CommandRun.Documented.Contains(code) || error.Contains("   at ", StringComparison.Ordinal))
            {
                wrong.Add($"{string.Join(' ', one.Words)} {one.Redirection}: {code} {error}");
            }
        });
        Assert.True(wrong.IsEmpty, string.Join('\n', wrong));
    }

    /// <summary>Runs a line of shell with the executable as <c>$0</c>.</summary>
    private static async Task<(int Code, string Error)> ShellAsync(string line, params string[] arguments)
    {
        ProcessStartInfo start = new("/bin/sh", ["-c", line, Executable, .. arguments]) { RedirectStandardError = true, RedirectStandardOutput = true, UseShellExecute = false };
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(LiveGateway.Ct);
        string error = await process.StandardError.ReadToEndAsync(LiveGateway.Ct);
        await output;
        await process.WaitForExitAsync(LiveGateway.Ct);
        return (process.ExitCode, error);
    }

    /// <summary>One command.</summary>
    /// <param name="Words">Its words.</param>
    /// <param name="Redirection">Where its output goes, for the shell.</param>
    /// <param name="Code">The exit code; null for any documented one.</param>
    /// <param name="Vanished">Whether the directory it is started in is gone.</param>
    private sealed record Try(string[] Words, string Redirection, int? Code = null, bool Vanished = false);
}
