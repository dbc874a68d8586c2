using Gateway.Acceptance.Harness;
using Gateway.TestKit;

namespace Gateway.Acceptance.Commands;

/// <summary>Files that the user of the gateway may not read: root may read all, so its processes go without root's capabilities.</summary>
public sealed class UnreadableFileTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Theory(Timeout = 120_000)]
    [InlineData("users")]
    [InlineData("host.key")]
    [InlineData("host.crt")]
    [InlineData("folder/users")]
    public async Task CheckAndRun_FileThatMayNotBeRead_SayTheSameAndEndWith78(string name)
    {
        TestCertificate.Write(_directory["host.crt"], _directory["host.key"], "gate.test");
        Directory.CreateDirectory(_directory["folder"]);
        string users = name.EndsWith("users", StringComparison.Ordinal) ? name : "users";
        await File.WriteAllTextAsync(_directory[users], "# nobody\n", TestContext.Current.CancellationToken);
        File.SetUnixFileMode(_directory[name], UnixFileMode.None);
        if (name.Contains('/', StringComparison.Ordinal))
        {
            File.SetUnixFileMode(_directory["folder"], UnixFileMode.None);
        }

        string[] settings =
        [
            $"DataDirectory={_directory["data"]}", "Listeners:0:Endpoint=127.0.0.1:0", "Listeners:0:Tls:Mode=optional", $"Auth:UsersFile={_directory[users]}",
            $"Listeners:0:Tls:Certificates:0:CertificateFile={_directory["host.crt"]}", $"Listeners:0:Tls:Certificates:0:KeyFile={_directory["host.key"]}",
        ];
        ToolResult check = await RunAsync(["config", "check"], settings);
        ToolResult start = await RunAsync(["run"], settings);
        Assert.Equal((78, 78), (check.ExitCode, start.ExitCode));
        string said = Assert.Single(check.Error.Split('\n'), l => l.StartsWith("error: ", StringComparison.Ordinal))["error: ".Length..];
        Assert.Contains(_directory[name], said, StringComparison.Ordinal);
        Assert.Equal($"configuration: {said}", start.Error.Trim());
    }

    private Task<ToolResult> RunAsync(string[] words, string[] settings)
    {
        string[] command = [GatewayUnderTest.Executable, .. words, .. settings.Select(s => "--Gateway:" + s)];
        Dictionary<string, string?> variables = new(StringComparer.Ordinal) { ["HOME"] = _directory.Path };
        return Environment.IsPrivilegedProcess
            ? Tool.RunAsync("/usr/bin/setpriv", ["--bounding-set", "-all", "--inh-caps", "-all", "--", .. command], environment: variables, directory: _directory.Path)
            : Tool.RunAsync(command[0], command[1..], environment: variables, directory: _directory.Path);
    }
}
