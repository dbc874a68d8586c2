using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Gateway.TestKit;

namespace Gateway.Acceptance.Harness;

/// <summary>The real executable in a process of its own, on free loopback ports, with a data directory of its own.</summary>
/// <remarks>It may be stopped, killed and started again; the data directory stays until the end of the test.</remarks>
internal sealed partial class GatewayUnderTest : IAsyncDisposable
{
    private static readonly HttpClient s_http = new(new SocketsHttpHandler { UseProxy = false, PooledConnectionLifetime = TimeSpan.Zero });

    private readonly TemporaryDirectory _directory = new();
    private readonly List<string> _settings;
    private readonly List<string> _log = [];
    private readonly Lock _gate = new();
    private Process? _process;
    private Task _reading = Task.CompletedTask;

    /// <summary>Prepares a gateway.</summary>
    /// <param name="downstream">Where it forwards to; null for a port nobody listens on.</param>
    /// <param name="settings"><c>Key=value</c> under <c>Gateway:</c>; they win over what the harness sets.</param>
    public GatewayUnderTest(ScriptedSmtpServer? downstream, params string[] settings)
    {
        Directory.CreateDirectory(Home);
        _settings =
        [
            "HostName=gateway.test",
            $"DataDirectory={Data}",
            "Listeners:0:Endpoint=127.0.0.1:0",
            "Management:Endpoint=127.0.0.1:0",
            $"Relay:DefaultRoute:Hosts:0={downstream?.Address ?? "127.0.0.1:1"}",
            "Relay:Retry:First=1s",
            "Shutdown:DrainTimeout=10s",
        ];
        foreach (string setting in settings)
        {
            Set(setting);
        }
    }

    /// <summary>Variables of the process beside those of the harness; set before a start.</summary>
    public Dictionary<string, string?> Variables { get; } = new(StringComparer.Ordinal);

    /// <summary>The executable that the build of this test made.</summary>
    public static string Executable { get; } = Path.Combine(AppContext.BaseDirectory, OperatingSystem.IsWindows() ? "gateway.exe" : "gateway");

    /// <summary>The data directory.</summary>
    public string Data => _directory["data"];

    /// <summary>An empty home directory, so that nothing of the person who runs the tests is used.</summary>
    public string Home => _directory["home"];

    /// <summary>Where the process works; null for <see cref="Home"/>.</summary>
    public string? WorkingDirectory { get; init; }

    /// <summary>A path in the test's directory.</summary>
    public string this[string name] => _directory[name];

    /// <summary>Where it takes mail.</summary>
    public IPEndPoint Smtp { get; private set; } = new(IPAddress.Loopback, 0);

    /// <summary>Where its HTTP is, as it says itself.</summary>
    public string Management { get; private set; } = string.Empty;

    /// <summary>The process id.</summary>
    public int Pid => _process?.Id ?? 0;

    /// <summary>All it has written so far, over all starts.</summary>
    public IReadOnlyList<string> Log
    {
        get
        {
            lock (_gate)
            {
                return [.. _log];
            }
        }
    }

    /// <summary>Makes a gateway and starts it.</summary>
    public static async Task<GatewayUnderTest> StartAsync(ScriptedSmtpServer? downstream, params string[] settings)
    {
        GatewayUnderTest gateway = new(downstream, settings);
        await gateway.StartAsync();
        return gateway;
    }

    /// <summary>Starts it and waits until it takes mail.</summary>
    public async Task StartAsync()
    {
        int seen = Log.Count;
        Launch(["run", .. Settings()]);
        await Eventually.TrueAsync(() => IsReady(seen) || HasExited, "the gateway takes mail");
        string[] said = [.. Log.Skip(seen)];
        Assert.False(HasExited, $"The gateway ended at its start:\n{string.Join('\n', said)}");
        Match smtp = said.Select(l => SmtpLine().Match(l)).First(m => m.Success);
        Match management = said.Select(l => ManagementLine().Match(l)).First(m => m.Success);
        Smtp = IPEndPoint.Parse(smtp.Groups[1].Value);
        Management = management.Groups[1].Value;
    }

    /// <summary>Whether it has said that it takes mail.</summary>
    /// <param name="seen">Lines of the log that were there before its start.</param>
    public bool IsReady(int seen) => Log.Skip(seen).Any(l => l.Contains("health, metrics and API on", StringComparison.Ordinal));

    /// <summary>Starts the process with other arguments and without waiting for anything.</summary>
    public void Launch(IEnumerable<string> arguments)
    {
        Process process = Tool.Start(Executable, arguments, Environment().Concat(Variables).ToDictionary(StringComparer.Ordinal), WorkingDirectory ?? Home);
        process.StandardInput.Close();
        _process?.Dispose();
        _process = process;
        _reading = Task.WhenAll(ReadAsync(process.StandardOutput), ReadAsync(process.StandardError));
    }

    /// <summary>True once the process is gone.</summary>
    public bool HasExited => _process is null || _process.HasExited;

    /// <summary>SIGTERM, and the exit code.</summary>
    public async Task<int> StopAsync()
    {
        await Tool.SignalAsync("TERM", Pid);
        return await WaitForExitAsync();
    }

    /// <summary>SIGKILL: nothing of the process runs after it.</summary>
    public async Task KillAsync()
    {
        _process!.Kill();
        await WaitForExitAsync();
    }

    /// <summary>Waits for the end of the process and of its output.</summary>
    public async Task<int> WaitForExitAsync()
    {
        await _process!.WaitForExitAsync(TestContext.Current.CancellationToken);
        await _reading;
        return _process.ExitCode;
    }

    /// <summary>Runs another command of the same executable against this gateway's data directory.</summary>
    public Task<ToolResult> CommandAsync(params string[] arguments) => PlainAsync([.. arguments, $"--Gateway:DataDirectory={Data}"]);

    /// <summary>Runs the executable in the empty home directory with these arguments only.</summary>
    public Task<ToolResult> PlainAsync(params string[] arguments) => Tool.RunAsync(Executable, arguments, environment: Environment(), directory: Home);

    /// <summary>Runs a command that prints one JSON object a line.</summary>
    public async Task<IReadOnlyList<JsonElement>> JsonAsync(params string[] arguments)
    {
        ToolResult result = (await CommandAsync([.. arguments, "--format", "json"])).Good();
        return [.. result.Lines.Select(l => JsonElement.Parse(l))];
    }

    /// <summary>Asks the management API on its TCP address.</summary>
    /// <param name="path">Without the first slash.</param>
    /// <param name="token">The token; null for the one of the data directory, empty for none.</param>
    /// <param name="method">GET when null.</param>
    /// <param name="body">JSON to send; null for none.</param>
    public async Task<(HttpStatusCode Status, string Body)> HttpAsync(string path, string? token = null, HttpMethod? method = null, string? body = null)
    {
        CancellationToken ct = TestContext.Current.CancellationToken;
        token ??= await File.ReadAllTextAsync(Path.Combine(Data, "management.token"), ct);
        using HttpRequestMessage request = new(method ?? HttpMethod.Get, new Uri($"http://{Management}/{path}"));
        request.Content = body is null ? null : new StringContent(body, Encoding.UTF8, "application/json");
        if (token.Length > 0)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        }

        using HttpResponseMessage response = await s_http.SendAsync(request, ct);
        return (response.StatusCode, await response.Content.ReadAsStringAsync(ct));
    }

    /// <summary>A number of the status report.</summary>
    public async Task<long> StatusAsync(string name) => (await StatusAsync()).GetProperty(name).GetInt64();

    private async Task<JsonElement> StatusAsync() => JsonElement.Parse((await HttpAsync("api/status")).Body);

    /// <summary>A sample of the metrics by its name with its labels as a line starts; 0 when there is none.</summary>
    public async Task<double> MetricAsync(string name) => (await HttpAsync("metrics", token: string.Empty)).Body.Split('\n')
        .Where(l => l.StartsWith(name, StringComparison.Ordinal))
        .Sum(l => double.Parse(l.Split(' ')[1], CultureInfo.InvariantCulture));

    /// <summary>Waits until nothing is in the queue.</summary>
    public Task WaitForEmptyQueueAsync() => Eventually.TrueAsync(
        async () =>
        {
            // Of one answer: between two a message can go from the one to the other, and be in neither.
            JsonElement status = await StatusAsync();
            return status.GetProperty("active").GetInt64() + status.GetProperty("deferred").GetInt64() == 0;
        },
        "the queue is empty");

    /// <summary>The largest resident memory so far, in octets. Source: proc(5).</summary>
    public long PeakMemory()
    {
        string line = File.ReadLines($"/proc/{Pid}/status").First(l => l.StartsWith("VmHWM:", StringComparison.Ordinal));
        return long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) * 1024;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (!HasExited)
        {
            _process!.Kill();
            await _process.WaitForExitAsync(CancellationToken.None);
        }

        await _reading;
        _process?.Dispose();
        // Shown when the test fails.
        TestContext.Current.TestOutputHelper?.WriteLine($"--- the gateway's log, its last lines ---\n{string.Join('\n', Log.TakeLast(150))}");
        _directory.Dispose();
    }

    /// <summary>The settings as arguments.</summary>
    public IReadOnlyList<string> Settings() => [.. _settings.Select(s => $"--Gateway:{s}")];

    /// <summary>Changes or adds a setting for the next start.</summary>
    public void Set(string setting)
    {
        string key = setting[..(setting.IndexOf('=', StringComparison.Ordinal) + 1)];
        _settings.RemoveAll(s => s.StartsWith(key, StringComparison.Ordinal));
        _settings.Add(setting);
    }

    private Dictionary<string, string?> Environment() => new(StringComparer.Ordinal)
    {
        ["HOME"] = Home,
        ["XDG_STATE_HOME"] = null,
        ["STATE_DIRECTORY"] = null,
        ["NOTIFY_SOCKET"] = null,
    };

    private async Task ReadAsync(StreamReader reader)
    {
        while (await reader.ReadLineAsync(CancellationToken.None) is string line)
        {
            lock (_gate)
            {
                _log.Add(line);
            }
        }
    }

    [GeneratedRegex(@"listening for SMTP on ([^ ;,]+)", RegexOptions.None, 1000)]
    private static partial Regex SmtpLine();

    [GeneratedRegex(@"API on http://(.+?) \(/healthz", RegexOptions.None, 1000)]
    private static partial Regex ManagementLine();
}
