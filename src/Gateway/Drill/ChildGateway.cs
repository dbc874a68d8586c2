using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text.Json;

namespace Gateway.Drill;

/// <summary>A gateway in a process of its own, made of the executable that runs: one that can be killed.</summary>
/// <remarks>It logs JSON, of which event ids and values are read.</remarks>
internal sealed class ChildGateway : IAsyncDisposable
{
    private readonly Process _process;
    private readonly LogTap _log;
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task _reading;

    private ChildGateway(Process process, LogTap log)
    {
        _process = process;
        _log = log;
        _reading = Task.WhenAll(ReadAsync(process.StandardOutput), ReadAsync(process.StandardError));
    }

    /// <summary>Where it takes mail.</summary>
    public IPEndPoint EndPoint { get; private set; } = new(IPAddress.Loopback, 0);

    /// <summary>Starts one; when it returns, mail is taken.</summary>
    /// <param name="stage">The stage: its log gets that of the process.</param>
    /// <param name="arguments">Settings.</param>
    /// <param name="ct">Stops the wait.</param>
    /// <exception cref="InvalidOperationException">It does not start.</exception>
    public static async Task<ChildGateway> StartAsync(DrillStage stage, IReadOnlyList<string> arguments, CancellationToken ct)
    {
        string self = Environment.ProcessPath ?? throw new InvalidOperationException("The executable's path is not known.");
        // Run as 'dotnet gateway.dll', the executable is the runtime's.
        string[] program = Path.GetFileNameWithoutExtension(self) == "dotnet" ? [Path.Combine(AppContext.BaseDirectory, "gateway.dll")] : [];
        ProcessStartInfo start = new(self, [.. program, "run", "--config", stage.ConfigurationFile, "--Gateway:Log:Format=json", .. arguments])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment.Remove("NOTIFY_SOCKET");
        Process process = Process.Start(start) ?? throw new InvalidOperationException($"{self} did not start.");
        ChildGateway child = new(process, stage.Log);
        try
        {
            await child._ready.Task.WaitAsync(TimeSpan.FromSeconds(60), TimeProvider.System, ct);
            return child;
        }
        catch
        {
            await child.DisposeAsync();
            throw;
        }
    }

    /// <summary>SIGKILL: nothing of it runs afterwards.</summary>
    public async Task KillAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        await _process.WaitForExitAsync(CancellationToken.None);
        await _reading;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        _process.Dispose();
    }

    private async Task ReadAsync(StreamReader output)
    {
        while (await output.ReadLineAsync() is string line)
        {
            // Other lines are the runtime's, for example of a crash.
            if (line.StartsWith('{'))
            {
                Take(line);
            }
        }

        _ready.TrySetException(new InvalidOperationException(string.Create(
            CultureInfo.InvariantCulture, $"The gateway's process {_process.Id} ended at its start.")));
    }

    private void Take(string line)
    {
        using JsonDocument logged = JsonDocument.Parse(line);
        int id = logged.RootElement.TryGetProperty("eventId", out JsonElement given) ? given.GetInt32() : 0;
        _log.Take(id, logged.RootElement.GetProperty("message").GetString()!);
        if (id == LogTap.Listening.Id)
        {
            EndPoint = IPEndPoint.Parse(logged.RootElement.GetProperty("endPoints").GetString()!.Split(", ")[0]);
        }
        else if (id == LogTap.Management.Id)
        {
            _ready.TrySetResult();
        }
    }
}
