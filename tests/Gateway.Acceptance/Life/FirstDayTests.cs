using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Gateway.Acceptance.Harness;
using Gateway.TestKit;

namespace Gateway.Acceptance.Life;

/// <summary>A newcomer does what docs/first-day.md says, step by step, with what the page shows as the check of each step.</summary>
/// <remarks>
/// The commands are those of the page, run by bash. Folders, ports and mail hosts are others than the page's, systemctl is a script that starts and
/// stops the process, and "dotnet publish" copies what the build of this test made. swaks and openssl are the real ones.
/// </remarks>
public sealed partial class FirstDayTests : IDisposable
{
    private const int Steps = 25;

    private readonly TemporaryDirectory _directory = new();

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact(Timeout = 600_000)]
    public async Task TheFirstDay_AsThePageSaysIt_EveryStepShowsWhatThePageShows_AndNothingIsLost()
    {
        string page = await File.ReadAllTextAsync(Path.Combine(Repository.Root, "docs", "first-day.md"), Ct);
        string[] steps = [.. page.Split("\n## ").Skip(1)];
        Assert.Equal(Enumerable.Range(1, Steps), steps.Select(s => int.Parse(s[..s.IndexOf('.', StringComparison.Ordinal)], CultureInfo.InvariantCulture)));
        await using ScriptedSmtpServer first = new();
        await using ScriptedSmtpServer second = new();
        await PrepareAsync();
        (string Page, string Here)[] places = Places(first, second);
        try
        {
            foreach (string step in steps)
            {
                await CheckAsync(places.Aggregate(step, static (text, to) => text.Replace(to.Page, to.Here, StringComparison.Ordinal)));
            }

            await first.WaitForMessagesAsync(7, Ct);
            await second.WaitForMessagesAsync(2, Ct);
        }
        finally
        {
            await Tool.RunAsync(_directory["bin/systemctl"], ["kill", "gateway"]);
        }

        Assert.Equal(["step 7", "step 9", "step 11", "step 14", "step 17", "step 20", "step 24"], Subjects(first));
        Assert.Equal(["step 8", "step 22"], Subjects(second));
    }

    public void Dispose() => _directory.Dispose();

    private static IEnumerable<string> Subjects(ScriptedSmtpServer host) =>
        host.Messages.Select(m => Subject().Match(m.Text).Groups[1].Value.Trim()).OrderBy(s => s.Length).ThenBy(s => s, StringComparer.Ordinal);

    private async Task CheckAsync(string step)
    {
        string name = step[..step.IndexOf('\n', StringComparison.Ordinal)];
        string commands = Block(step, "sh");
        ToolResult result = await Tool.RunAsync(
            "bash", ["-euo", "pipefail", "-c", "exec 2>&1\n" + commands], environment: Variables(), directory: _directory["home"]);
        TestContext.Current.TestOutputHelper?.WriteLine($"--- {name}\n{commands}\n=> {result.ExitCode}\n{result.Output}");
        Assert.True(result.ExitCode == 0, $"Step {name} ended with {result.ExitCode}.\n{commands}\n{result.Output}");
        string rest = result.Output;
        foreach (string line in Block(step, "text").Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            string shown = Regex.Escape(line).Replace(@"\.\.\.", ".*", StringComparison.Ordinal);
            Match found = Regex.Match(rest, shown, RegexOptions.None, TimeSpan.FromSeconds(10));
            Assert.True(found.Success, $"Step {name} does not show '{line}'.\n{commands}\n{result.Output}");
            rest = rest[(found.Index + found.Length)..];
        }
    }

    /// <summary>What stands in the step's block of a kind; empty when it has none.</summary>
    private static string Block(string step, string kind)
    {
        string[] parts = step.Split($"```{kind}\n");
        return parts.Length == 1 ? string.Empty : parts[1][..parts[1].IndexOf("```", StringComparison.Ordinal)];
    }

    private async Task PrepareAsync()
    {
        foreach (string folder in (string[])["bin", "etc", "opt", "var", "run", "home"])
        {
            Directory.CreateDirectory(_directory[folder]);
        }

        await ProgramAsync("dotnet", $"""
            # dotnet publish src/Gateway -c Release -o FOLDER
            cp -r '{AppContext.BaseDirectory}.' "$6"
            """);
        await ProgramAsync("systemctl", $$"""
            cd '{{_directory["home"]}}'
            begin() {
                : >../log
                '{{_directory["opt/gateway/gateway"]}}' run >../log 2>&1 </dev/null & echo $! >../pid
                until grep -q 'health, metrics and API on' ../log; do kill -0 "$(cat ../pid)" || { cat ../log; exit 1; }; sleep 0.05; done
            }
            end() { kill -"$1" "$(cat ../pid)"; while kill -0 "$(cat ../pid)" 2>/dev/null; do sleep 0.05; done; }
            case $1 in
                start) begin ;;
                stop) end TERM ;;
                restart) end TERM; begin ;;
                is-active) kill -0 "$(cat ../pid)" 2>/dev/null && echo active || { echo inactive; exit 3; } ;;
                kill) [ ! -f ../pid ] || ! kill -0 "$(cat ../pid)" 2>/dev/null || end KILL ;;
            esac
            """);
    }

    private async Task ProgramAsync(string name, string text)
    {
        string path = _directory["bin/" + name];
        await File.WriteAllTextAsync(path, "#!/bin/bash\n" + text + "\n", new UTF8Encoding(false), Ct);
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    private (string Page, string Here)[] Places(ScriptedSmtpServer first, ScriptedSmtpServer second)
    {
        string smtp = FreePort.Take().ToString(CultureInfo.InvariantCulture);
        return
        [
            ("127.0.0.1:25", "127.0.0.1:" + smtp), ("0.0.0.0:25", "127.0.0.1:" + smtp),
            ("10.0.0.5:25", first.Address), ("10.0.0.6:25", second.Address),
            ("/usr/local/bin", _directory["bin"]), ("/opt/", _directory["opt"] + "/"), ("/etc/gateway", _directory["etc"]),
            ("/var/lib/gateway", _directory["var/gateway"]),
            ("/run/gateway", _directory["run"]), ("/root", _directory["home"]),
        ];
    }

    private Dictionary<string, string?> Variables() => new(StringComparer.Ordinal)
    {
        ["PATH"] = _directory["bin"] + ":" + Environment.GetEnvironmentVariable("PATH"),
        ["HOME"] = _directory["home"],
        ["GATEWAY_CONFIG"] = _directory["etc/gateway.json"],
        ["XDG_STATE_HOME"] = null,
        ["STATE_DIRECTORY"] = null,
        ["NOTIFY_SOCKET"] = null,
    };

    [GeneratedRegex(@"^Subject: (.*)$", RegexOptions.Multiline, 1000)]
    private static partial Regex Subject();
}
