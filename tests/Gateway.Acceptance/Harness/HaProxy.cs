using System.Diagnostics;
using System.Globalization;
using System.Net;
using Gateway.TestKit;

namespace Gateway.Acceptance.Harness;

/// <summary>HAProxy in front of a gateway: passes TCP on with a PROXY header, and checks its health all the time.</summary>
internal sealed class HaProxy : IAsyncDisposable
{
    private readonly TemporaryDirectory _directory;
    private readonly Process _process;
    private readonly Task<string> _said;

    private HaProxy(TemporaryDirectory directory, Process process, IPEndPoint endPoint)
    {
        _directory = directory;
        _process = process;
        _said = process.StandardError.ReadToEndAsync(CancellationToken.None);
        EndPoint = endPoint;
    }

    /// <summary>Where clients connect.</summary>
    public IPEndPoint EndPoint { get; }

    /// <summary>Starts it.</summary>
    /// <param name="server">The gateway.</param>
    /// <param name="header">send-proxy or send-proxy-v2, with further options.</param>
    /// <param name="check">Further lines, about the check of its health.</param>
    public static async Task<HaProxy> StartAsync(IPEndPoint server, string header, string check)
    {
        TemporaryDirectory directory = new();
        int port = FreePort.Take();
        await File.WriteAllTextAsync(
            directory["haproxy.cfg"],
            string.Create(
                CultureInfo.InvariantCulture,
                $"""
                global
                    maxconn 100
                defaults
                    mode tcp
                    timeout connect 10s
                    timeout check 10s
                    timeout client 60s
                    timeout server 60s
                listen smtp
                    bind 127.0.0.1:{port}
                    {check}
                    server gateway {server} {header} check inter 200ms

                """),
            TestContext.Current.CancellationToken);
        Process process = Tool.Start(Tool.System("haproxy", "haproxy"), ["-db", "-f", directory["haproxy.cfg"]]);
        HaProxy proxy = new(directory, process, new IPEndPoint(IPAddress.Loopback, port));
        await Eventually.TrueAsync(() => process.HasExited || SmtpSink.Answers(port), "haproxy listens");
        Assert.False(process.HasExited, "haproxy ended at its start");
        return proxy;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        await _process.WaitForExitAsync(CancellationToken.None);
        TestContext.Current.TestOutputHelper?.WriteLine($"--- haproxy ---\n{await _said}");
        _process.Dispose();
        _directory.Dispose();
    }
}
