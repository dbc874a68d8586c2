using System.Reflection;
using System.Security.Cryptography;
using Gateway.Configuration;
using Gateway.Hosting;
using Gateway.TestKit;
using Gateway.Tests.Configuration;
using Gateway.Tests.Management;
using Xunit;

namespace Gateway.Tests.Hosting;

/// <summary>Every key that names a file, from the schema, with its file in each state: check and start say the same.</summary>
public sealed class FileTableTests : IDisposable
{
    private static readonly string[] States = ["right", "missing", "empty", "half", "foreign", "folder", "expired"];

    // What the content of a file cannot show: a password is any text, a key and a root have no end that counts, a users file without users is one.
    private static readonly (string Key, string State)[] Untold =
    [
        ("PasswordFile", "half"), ("PasswordFile", "foreign"), ("PasswordFile", "expired"), ("KeyFile", "expired"), ("CaFile", "expired"), ("UsersFile", "expired"), ("UsersFile", "empty"),
    ];

    private readonly TemporaryFolder _folder = new();

    /// <summary>All files in all states.</summary>
    public static TheoryData<string, string> Table() => new MatrixTheoryData<string, string>(KeyTable.Files(), States);

    [Theory]
    [MemberData(nameof(Table))]
    public async Task Check_FileOfAKey_SaysWhatTheStartSays(string key, string state)
    {
        string[] settings = Settings();
        string file = Path.Combine(_folder.Path, key.Replace(':', '-'));
        Spoil(file, key, state);
        GatewayOptions options = PolicyConfigurationTests.Load(settings).Options!;
        // Certificates of the tests last for 30 days.
        ConfigurationProblem[] found = [.. FileChecks.Find(options, state == "expired" ? DateTimeOffset.UtcNow.AddDays(31) : DateTimeOffset.UtcNow)];
        ConfigurationProblem[] its = [.. found.Where(p => p.Message.Contains(file, StringComparison.Ordinal))];
        bool isTold = state != "right" && !Untold.Any(u => key.EndsWith(u.Key, StringComparison.Ordinal) && state == u.State);
        Assert.Equal(isTold ? 1 : 0, its.Length);
        if (isTold)
        {
            Assert.StartsWith(its[0].Key, $"Gateway:{key}", StringComparison.Ordinal);
            Assert.Equal(state == "expired" || key.StartsWith("Relay", StringComparison.Ordinal), its[0].IsWarning);
        }

        if (state == "expired")
        {
            return;
        }

        string[] arguments = [.. settings.Select(s => "--Gateway:" + s)];
        CommandRun check = await CommandRun.OverAsync(arguments, ["config", "check"]);
        Assert.All(found, p => Assert.Contains($"{(p.IsWarning ? "warning" : "error")}: {p}", check.Error, StringComparison.Ordinal));
        Assert.Equal(found.Any(p => !p.IsWarning) ? 78 : 0, check.ExitCode);
        if (check.ExitCode == 78)
        {
            CommandRun start = await CommandRun.OverAsync(arguments, ["run"]);
            Assert.Equal(78, start.ExitCode);
            Assert.All(found.Where(p => !p.IsWarning), p => Assert.Contains($"configuration: {p}", start.Error, StringComparison.Ordinal));
            Assert.False(Directory.Exists(Path.Combine(_folder.Path, "data")));
        }
    }

    [Fact]
    public void Files_EveryKeyThatIsCalledAFile_IsInTheTable()
    {
        IEnumerable<PropertyInfo> named = typeof(GatewayOptions).Assembly.GetTypes().SelectMany(t => t.GetProperties())
            .Where(p => p.GetCustomAttribute<SettingAttribute>() is not null && p.Name.EndsWith("File", StringComparison.Ordinal));
        Assert.All(named, p => Assert.True(p.GetCustomAttribute<SettingAttribute>()!.IsFile, p.Name));
        Assert.Equal(15, KeyTable.Files().Count());
    }

    [Theory]
    [InlineData("file", "is a file and no folder")]
    [InlineData("socket", "is there and is no socket")]
    [InlineData("no folder", "m: there is no such folder")]
    [InlineData("new data", null)]
    public async Task Check_PlacesOfTheProcess_SaysWhatTheStartSays(string what, string? expected)
    {
        string here = _folder.Write("here", "precious");
        string[] settings =
        [
            $"DataDirectory={(what == "file" ? here : Path.Combine(_folder.Path, "data"))}",
            $"Management:Endpoint=unix:{(what == "socket" ? here : Path.Combine(_folder.Path, what == "new data" ? "data" : what == "file" ? "." : "none", "m"))}",
        ];
        string[] arguments = [.. settings.Select(s => "--Gateway:" + s)];
        CommandRun check = await CommandRun.OverAsync(arguments, ["config", "check"]);
        Assert.Equal(expected is null ? 0 : 78, check.ExitCode);
        Assert.Contains(expected ?? string.Empty, check.Error, StringComparison.Ordinal);
        if (expected is not null)
        {
            CommandRun start = await CommandRun.OverAsync(arguments, ["run"]);
            Assert.Equal(78, start.ExitCode);
            Assert.Contains(expected, start.Error, StringComparison.Ordinal);
            Assert.Equal("precious", await File.ReadAllTextAsync(here, TestContext.Current.CancellationToken));
        }
    }

    public void Dispose() => _folder.Dispose();

    private string[] Settings()
    {
        List<string> settings =
        [
            $"DataDirectory={Path.Combine(_folder.Path, "data")}", "Listeners:0:Endpoint=127.0.0.1:0", "Management:Endpoint=127.0.0.1:0", "Listeners:0:Tls:Mode=optional",
            "Relay:Routes:0:Domain=route.test", "Relay:Routes:0:Hosts:0=127.0.0.1:1",
        ];
        foreach (string key in KeyTable.Files())
        {
            string file = _folder.Write(key.Replace(':', '-'), key.EndsWith("UsersFile", StringComparison.Ordinal) ? "# nobody\n" : "password\n");
            settings.Add($"{key}={file}");
            if (key.EndsWith("KeyFile", StringComparison.Ordinal))
            {
                TestCertificate.Write(file.Replace("KeyFile", "CertificateFile", StringComparison.Ordinal), file, "a.test");
            }
            else if (key.EndsWith("CaFile", StringComparison.Ordinal))
            {
                TestCertificate.Write(file, file + ".key", "root.test");
            }
            else if (key.EndsWith("PasswordFile", StringComparison.Ordinal))
            {
                string route = key[..^"Auth:PasswordFile".Length];
                settings.AddRange([$"{route}Auth:User=joe", $"{route}Tls:Mode=verified"]);
            }
        }

        return [.. settings];
    }

    private static void Spoil(string path, string key, string state)
    {
        string text = File.ReadAllText(path);
        if (state is "missing" or "folder")
        {
            File.Delete(path);
        }

        if (state == "folder")
        {
            Directory.CreateDirectory(path);
        }
        else if (state is "empty" or "half" or "foreign")
        {
            File.WriteAllText(path, state == "empty" ? "" : state == "half" ? key.EndsWith("UsersFile", StringComparison.Ordinal) ? "joe:SCRAM-SHA" : text[..(text.Length / 2)]
                : Convert.ToBase64String(RandomNumberGenerator.GetBytes(60)) + "\n");
        }
    }
}
