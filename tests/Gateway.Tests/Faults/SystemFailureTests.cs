using System.CommandLine;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Gateway.Commands;
using Gateway.Tests.Management;
using Xunit;

namespace Gateway.Tests.Faults;

/// <summary>What the operating system refuses, for a start and for every command, with the real executable as a user without rights.</summary>
public sealed class SystemFailureTests
{
    // They hold their own gateway, or need a terminal.
    private static readonly string[] Alone = ["run", "demo", "drill", "user add"];

    public static TheoryData<string, int, string> Starts => new()
    {
        { "listener in use", 69, "cannot listen on 127.0.0.1:{port}: the address is in use by another program" },
        { "listener denied", 69, "the listener '127.0.0.1:25' cannot listen on 127.0.0.1:25: user nobody may not open a port below" },
        { "listener not ours", 69, "cannot listen on 192.0.2.1:2525: this machine does not have the address" },
        { "management in use", 69, "Management:Endpoint cannot listen on 127.0.0.1:{port}: the address is in use by another program" },
        { "management denied", 69, "Management:Endpoint cannot listen on 127.0.0.1:80: user nobody may not open a port below" },
        { "management not ours", 69, "Management:Endpoint cannot listen on 192.0.2.1:8025: this machine does not have the address" },
        { "socket denied", 69, "api.sock: Permission denied" },
        { "socket missing", 78, "api.sock: there is no such folder" },
        { "data denied", 69, "may not do that" },
        { "data below a file", 69, "a-file" },
        { "data full", 69, "make room" },
        { "data read-only", 69, "read-only" },
        { "spool denied", 69, "Permission denied" },
        { "quarantine denied", 69, "quarantine.db" },
        { "quarantine is a folder", 69, "quarantine.db" },
        { "users missing", 78, "nosuch" },
        { "users denied", 78, "may not do that" },
        { "users is a folder", 78, "is a folder" },
        { "certificate missing", 78, "nosuch" },
        { "certificate denied", 78, "may not do that" },
        { "configuration missing", 78, "there is no such file" },
        { "configuration denied", 78, "may not do that" },
        { "configuration is a folder", 78, "is a folder" },
        { "runtime directory denied", 69, "data-directory" },
    };

    [Theory]
    [MemberData(nameof(Starts))]
    public async Task Start_SystemRefuses_IsOneSentenceWithTheRemedyAndItsCode(string what, int code, string says)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Users and their rights are Linux's here.");
        using PlainUser user = new();
        using TcpListener taken = new(IPAddress.Loopback, 0);
        taken.Start();
        int port = ((IPEndPoint)taken.LocalEndpoint).Port;
        if (says.Contains("a port below", StringComparison.Ordinal))
        {
            int first = int.Parse(await File.ReadAllTextAsync("/proc/sys/net/ipv4/ip_unprivileged_port_start", LiveGateway.Ct), CultureInfo.InvariantCulture);
            Assert.SkipUnless(first > 80, $"Everybody may open port 25 here: ip_unprivileged_port_start is {first}.");
        }

        string? prelude = what switch
        {
            "data full" => $"mount -t tmpfs -o size=64k,mode=777 tmpfs '{user.Folder("volume")}'",
            "data read-only" => $"mount -t tmpfs -o ro,mode=777 tmpfs '{user.Folder("volume")}'",
            _ => null,
        };
        Assert.SkipUnless(prelude is null || (Environment.UserName == "root" && await MayMountAsync()), "A small volume needs the right to mount one (root).");

        CommandRun run = await user.RunAsync(
            ["run", .. Settings(user, what, port)], new Dictionary<string, string>(StringComparer.Ordinal) { ["RUNTIME_DIRECTORY"] = what == "runtime directory denied" ? user.Forbidden : string.Empty },
            prelude: prelude);
        string name = Environment.UserName == "root" ? "nobody" : Environment.UserName;
        Assert.Contains(says.Replace("{port}", port.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal).Replace("user nobody", $"user {name}", StringComparison.Ordinal), run.Error, StringComparison.Ordinal);
        Assert.Equal(code, run.ExitCode);
        Assert.DoesNotContain("   at ", run.Error + run.Output, StringComparison.Ordinal);
        Assert.Single(run.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries), static l => !l.StartsWith("warning: ", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("data directory denied")]
    [InlineData("configuration denied")]
    [InlineData("token is a folder")]
    [InlineData("endpoint is nonsense")]
    [InlineData("output full")]
    public async Task EveryCommand_SystemRefuses_EndsWithADocumentedCodeAndNoStack(string what)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Users and their rights are Linux's here.");
        using PlainUser user = new();
        string data = what == "data directory denied" ? user.Forbidden : user.Folder("data");
        string configuration = what == "configuration denied" ? user.Unreadable("gateway.json", "{}") : user.Write("gateway.json", "{}");
        if (what is "token is a folder" or "endpoint is nonsense")
        {
            user.Write("data/management.endpoint", "::nonsense");
            _ = what == "token is a folder" ? user.Folder("data/management.token") : user.Write("data/management.token", "00");
        }

        List<string> wrong = [];
        int failed = 0;
        foreach ((string name, Command command) in CommandTree.Leaves().Where(c => !Array.Exists(Alone, a => c.Name == a || c.Name.StartsWith(a + " ", StringComparison.Ordinal))))
        {
            CommandRun run = await user.RunAsync(
                [.. CommandTree.Words(name, command, Path.Combine(user.Forbidden, "below")), "-c", configuration, $"--Gateway:DataDirectory={data}"],
                output: what == "output full" ? "/dev/full" : null);
            failed += run.ExitCode == 0 ? 0 : 1;
            if (!CommandRun.Documented.Contains(run.ExitCode) || run.ExitCode == ExitCode.Fault || run.Error.Contains("   at ", StringComparison.Ordinal))
            {
                wrong.Add($"{name}: {run.ExitCode} {run.Error}");
            }
        }

        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
        Assert.InRange(failed, 15, int.MaxValue);
    }

    [Fact]
    public async Task ManagementToken_OfAnotherUser_SaysWhoMayReadIt()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Users and their rights are Linux's here.");
        using PlainUser user = new();
        user.Folder("data");
        user.Unreadable("data/management.token", "00");
        CommandRun run = await user.RunAsync(["status", $"--Gateway:DataDirectory={user["data"]}"]);
        Assert.Equal((77, true), (run.ExitCode, run.Error.Contains("sudo", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task TemporaryFolderDenied_Demo_IsOneSentence()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Users and their rights are Linux's here.");
        using PlainUser user = new();
        CommandRun run = await user.RunAsync(["demo"], new Dictionary<string, string>(StringComparer.Ordinal) { ["TMPDIR"] = user.Forbidden });
        Assert.Equal(73, run.ExitCode);
        Assert.Contains("may not do that", run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", run.Error, StringComparison.Ordinal);
    }

    private static string[] Settings(PlainUser user, string what, int port)
    {
        List<string> settings =
        [
            $"DataDirectory={user["data"]}", "Listeners:0:Endpoint=127.0.0.1:0", "Management:Endpoint=127.0.0.1:0", "Relay:DefaultRoute:Hosts:0=127.0.0.1:1",
        ];
        string[] changed = what switch
        {
            "listener in use" => [string.Create(CultureInfo.InvariantCulture, $"Listeners:0:Endpoint=127.0.0.1:{port}")],
            "listener denied" => ["Listeners:0:Endpoint=127.0.0.1:25"],
            "listener not ours" => ["Listeners:0:Endpoint=192.0.2.1:2525"],
            "management in use" => [string.Create(CultureInfo.InvariantCulture, $"Management:Endpoint=127.0.0.1:{port}")],
            "management denied" => ["Management:Endpoint=127.0.0.1:80"],
            "management not ours" => ["Management:Endpoint=192.0.2.1:8025"],
            "socket denied" => [$"Management:Endpoint=unix:{user.Forbidden}/api.sock"],
            "socket missing" => [$"Management:Endpoint=unix:{user["nosuch"]}/api.sock"],
            "data denied" => [$"DataDirectory={user.Forbidden}/data"],
            "data below a file" => [$"DataDirectory={user.Write("a-file", string.Empty)}/data"],
            "data full" or "data read-only" => [$"DataDirectory={user["volume"]}/data"],
            "spool denied" => [$"DataDirectory={Path.GetDirectoryName(user.Folder("made/spool", isForbidden: true))}"],
            "quarantine denied" => [$"DataDirectory={Parent(user.Folder("made"), user.Unreadable("made/quarantine.db", "x"))}"],
            "quarantine is a folder" => [$"DataDirectory={Parent(user.Folder("made"), user.Folder("made/quarantine.db"))}"],
            "users missing" => [$"Auth:UsersFile={user["nosuch"]}"],
            "users denied" => [$"Auth:UsersFile={user.Unreadable("users", "x")}"],
            "users is a folder" => [$"Auth:UsersFile={user.Folder("users")}"],
            "certificate missing" => Certificate(user["nosuch"]),
            "certificate denied" => Certificate(user.Unreadable("pair.pem", "x")),
            "configuration missing" => ["-c", user["nosuch"]],
            "configuration denied" => ["-c", user.Unreadable("gateway.json", "{}")],
            "configuration is a folder" => ["-c", user.Folder("folder")],
            "runtime directory denied" => [],
            _ => throw new ArgumentOutOfRangeException(nameof(what), what, "An unknown row."),
        };
        return what.StartsWith("configuration", StringComparison.Ordinal)
            ? [.. settings.Select(s => $"--Gateway:{s}"), .. changed]
            : [.. settings.Where(s => !Array.Exists(changed, c => c.Split('=')[0] == s.Split('=')[0])).Concat(changed).Select(s => $"--Gateway:{s}")];

        static string Parent(string folder, string _) => folder;
        static string[] Certificate(string file) =>
            ["Listeners:0:Tls:Mode=optional", $"Listeners:0:Tls:Certificates:0:CertificateFile={file}", $"Listeners:0:Tls:Certificates:0:KeyFile={file}"];
    }

    private static async Task<bool> MayMountAsync()
    {
        using System.Diagnostics.Process process = System.Diagnostics.Process.Start("unshare", ["-m", "true"]);
        await process.WaitForExitAsync(LiveGateway.Ct);
        return process.ExitCode == 0;
    }
}
