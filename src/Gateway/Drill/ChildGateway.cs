using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text;

namespace Gateway.Drill;

/// <summary>A gateway in a process of its own, made of the executable that runs: one that can be killed.</summary>
internal sealed class ChildGateway : IAsyncDisposable
{
    private const string Listening = "listening for SMTP on ";
    private const string Ready = "health, metrics and API on ";

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
        ProcessStartInfo start = new(self, [.. program, "run", "--config", stage.ConfigurationFile, .. arguments])
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
            _log.Write(Encoding.UTF8.GetBytes(line + '\n'));
            int at = line.IndexOf(Listening, StringComparison.Ordinal);
            if (at >= 0)
            {
                string address = line[(at + Listening.Length)..];
                EndPoint = IPEndPoint.Parse(address[..address.IndexOfAny([';', ',', ' '])]);
            }
            else if (line.Contains(Ready, StringComparison.Ordinal))
            {
                _ready.TrySetResult();
            }
        }

        _ready.TrySetException(new InvalidOperationException(string.Create(
            CultureInfo.InvariantCulture, $"The gateway's process {_process.Id} ended at its start.")));
    }
}
