using System.Diagnostics;
using System.Text.RegularExpressions;
using Gateway.Commands;
using Gateway.TestKit;
using Gateway.Tests.Management;
using Xunit;

namespace Gateway.Tests.Faults;

/// <summary>The unit and the configuration of the operations page, as they stand there, with every command as an operator's shell has it.</summary>
/// <remarks>
/// In a namespace of its own for files and network: nothing of the machine is changed, port 25 is open in it alone. The unit's lines are read as systemd reads
/// them, which is not needed for this.
/// </remarks>
public sealed partial class DocumentedUnitTests
{
    private static readonly string Page = File.ReadAllText(Path.Combine(Repository.Root, "docs", "operations.md"));

    // They hold their own gateway, ask the terminal, or want a stopped one.
    private static readonly string[] NotNow = ["run", "demo", "drill", "user add", "spool", "rules diff", "reload", "drain"];

    [Fact]
    public void Page_CommandsItShows_Exist()
    {
        string[] known = [.. CommandTree.Leaves().Select(l => l.Name.Split(' ')[0]).Distinct()];
        string[] parts = Page.Split("```");
        IEnumerable<string> inFences = parts.Where((_, i) => i % 2 == 1).SelectMany(p => p.Split('\n')).Select(l => "`" + l);
        string code = string.Join('\n', inFences.Concat(parts.Where((_, i) => i % 2 == 0)));
        Assert.All(ShownCommand().Matches(code).Select(m => m.Groups[1].Value).Distinct(), word => Assert.Contains(word, known));
    }

    [Fact]
    public async Task Unit_AsDocumented_EveryCommandFindsTheServiceWithoutBeingTold()
    {
        Assert.SkipUnless(FileOwner.IsRoot && await MayUnshareAsync(), "A namespace of its own needs root and unshare.");
        using TemporaryFolder folder = new();
        string[] commands = [.. CommandTree.Leaves()
            .Where(l => !Array.Exists(NotNow, n => l.Name == n || l.Name.StartsWith(n + " ", StringComparison.Ordinal)))
            .Select(l => string.Join(' ', CommandTree.Words(l.Name, l.Command, Path.Combine(folder.Path, "out"))))];
        folder.Write("gateway.json", Fenced("json"));
        folder.Write("commands", string.Join('\n', [.. commands, "config check --as-user gateway --ports", "reload"]) + "\n");
        folder.Write("script", Script(Unit(), folder.Path));

        (int code, string said) = await RunAsync(["-mn", "/bin/bash", Path.Combine(folder.Path, "script")]);
        Assert.True(code == 0, said);
        Dictionary<string, int> codes = Result().Matches(said).ToDictionary(m => m.Groups[2].Value, m => int.Parse(m.Groups[1].Value, null), StringComparer.Ordinal);
        Assert.Equal(commands.Length + 4, codes.Count);
        foreach (string good in (string[])["status", "reload", "queue list", "quarantine list", "route list", "config check", "stop", "spool verify", "config check --as-user gateway --ports"])
        {
            Assert.True(codes[good] == 0, $"{good}: {codes[good]}\n{said}");
        }

        // What was named does not exist, or nothing was said: but the gateway was found, and it could be asked.
        Assert.All(codes, c => Assert.True(c.Value is 0 or 1 or 2 or 64 or 66 || c.Key.StartsWith("user ", StringComparison.Ordinal), $"{c.Key}: {c.Value}\n{said}"));
        // The owner of the file that root wrote.
        Assert.Contains("users gateway gateway 600", said, StringComparison.Ordinal);
        Assert.Contains("by ada (sudo)", said, StringComparison.Ordinal);
    }

    private static string Fenced(string kind)
    {
        int from = Page.IndexOf($"```{kind}\n", StringComparison.Ordinal) + kind.Length + 4;
        return Page[from..Page.IndexOf("```", from, StringComparison.Ordinal)];
    }

    private static ILookup<string, string> Unit() => Fenced("ini").Split('\n').Where(l => l.Contains('=', StringComparison.Ordinal))
        .ToLookup(l => l.Split('=')[0], l => l[(l.IndexOf('=', StringComparison.Ordinal) + 1)..], StringComparer.Ordinal);

    private static string Script(ILookup<string, string> unit, string folder)
    {
        string user = unit["User"].Single();
        string capabilities = string.Join(',', unit["AmbientCapabilities"].Single().Split(' ').Select(c => "+" + c["CAP_".Length..].ToLowerInvariant()));
        return $$"""
            set -eu
            work='{{folder}}'
            ip link set lo up
            # What is written to is a copy or empty: the machine's own stays as it is.
            cp -a /etc "$work/etc"
            echo '{{user}}:x:64999:64999::/nonexistent:/usr/sbin/nologin' >>"$work/etc/passwd"
            echo '{{user}}:x:64999:' >>"$work/etc/group"
            mount --bind "$work/etc" /etc
            mkdir "$work/opt"
            for child in /opt/*; do [ -e "$child" ] && mkdir "$work/opt/${child##*/}" && mount --bind "$child" "$work/opt/${child##*/}"; done
            mkdir "$work/opt/gateway"
            mount --bind '{{AppContext.BaseDirectory}}' "$work/opt/gateway"
            mount --rbind "$work/opt" /opt
            mount -t tmpfs -o mode=755 tmpfs /var/lib
            mount -t tmpfs -o mode=755 tmpfs /run
            mkdir -p /etc/gateway
            install -m 640 -g {{user}} "$work/gateway.json" /etc/gateway/gateway.json
            install -d -m 755 -o {{user}} -g {{user}} /var/lib/{{unit["StateDirectory"].Single()}} /run/{{unit["RuntimeDirectory"].Single()}}
            chmod 755 "$work"
            cd /
            env -i PATH="$PATH" DOTNET_ROOT="${DOTNET_ROOT:-}" HOME=/nonexistent USER={{user}} STATE_DIRECTORY=/var/lib/{{unit["StateDirectory"].Single()}} RUNTIME_DIRECTORY=/run/{{unit["RuntimeDirectory"].Single()}} \
              setpriv --reuid {{user}} --regid {{user}} --clear-groups --inh-caps {{capabilities}} --ambient-caps {{capabilities}} --no-new-privs \
              {{unit["ExecStart"].Single()}} >"$work/log" 2>&1 &
            service=$!
            trap 'kill -9 $service 2>/dev/null || true; cat "$work/log"' EXIT
            export PATH="/opt/gateway:$PATH" HOME="$work" SUDO_USER=ada
            unset XDG_STATE_HOME STATE_DIRECTORY
            for i in $(seq 240); do gateway status >/dev/null 2>&1 && break; kill -0 $service || exit 1; sleep 0.25; done
            run() { code=0; "$@" >"$work/said" 2>&1 </dev/null || code=$?; shift; echo "RESULT $code $*"; head -c 300 "$work/said"; echo; }
            while read -r words; do run gateway $words; done <"$work/commands"
            echo secret | gateway user add joe --Gateway:Auth:UsersFile=/etc/gateway/users
            stat -c '%n %U %G %a' /etc/gateway/users
            gateway route pause default; gateway route resume default
            kill -TERM $service
            code=0; wait $service || code=$?
            echo "RESULT $code stop"
            run gateway spool verify
            """;
    }

    private static async Task<bool> MayUnshareAsync() => (await RunAsync(["-mn", "mount", "-t", "tmpfs", "tmpfs", "/mnt"])).Code == 0;

    private static async Task<(int Code, string Said)> RunAsync(string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo("unshare", arguments) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true })!;
        Task<string> said = process.StandardOutput.ReadToEndAsync(LiveGateway.Ct);
        Task<string> error = process.StandardError.ReadToEndAsync(LiveGateway.Ct);
        try
        {
            await process.WaitForExitAsync(LiveGateway.Ct);
            return (process.ExitCode, await said + await error);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }
    }

    [GeneratedRegex("`(?:sudo )?gateway ([a-z]+)", RegexOptions.None, 1000)]
    private static partial Regex ShownCommand();

    [GeneratedRegex(@"^RESULT (\d+) (.+)$", RegexOptions.Multiline, 1000)]
    private static partial Regex Result();
}
