using System.Diagnostics;
using System.Globalization;
using Gateway.TestKit;

namespace Gateway.Acceptance.Harness;

/// <summary>Debian's postgrey with a database of its own: a policy service that greylists.</summary>
/// <remarks>It gives up root for its own user.</remarks>
internal sealed class Postgrey : IAsyncDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private Process? _process;

    /// <summary>Where Postfix asks it.</summary>
    public int Port { get; } = FreePort.Take();

    /// <summary>Starts it.</summary>
    /// <param name="seconds">How long a new sender has to wait.</param>
    public static async Task<Postgrey> StartAsync(int seconds)
    {
        Assert.SkipUnless(Environment.UserName == "root", "NOT TESTED: postgrey behind the gateway. It must be started by root.");
        Postgrey postgrey = new();
        File.SetUnixFileMode(
            postgrey._directory.Path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute);
        Directory.CreateDirectory(postgrey._directory["db"]);
        (await Tool.RunAsync("chown", ["postgrey", postgrey._directory["db"]])).Good();
        postgrey._process = Tool.Start(
            Tool.System("postgrey", "postgrey"),
            [
                string.Create(CultureInfo.InvariantCulture, $"--inet=127.0.0.1:{postgrey.Port}"), string.Create(CultureInfo.InvariantCulture, $"--delay={seconds}"),
                $"--dbdir={postgrey._directory["db"]}", "--user=postgrey", "--group=postgrey", "--auto-whitelist-clients=0", "--whitelist-clients=/dev/null",
                "--whitelist-recipients=/dev/null",
            ]);
        await Eventually.TrueAsync(() => SmtpSink.Answers(postgrey.Port), "postgrey listens");
        return postgrey;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync(CancellationToken.None);
            _process.Dispose();
        }

        _directory.Dispose();
    }
}
