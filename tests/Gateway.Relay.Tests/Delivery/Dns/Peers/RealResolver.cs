using System.Diagnostics;
using System.Globalization;
using System.Net;
using Gateway.Relay.Delivery.Dns.Resolver;
using Gateway.TestKit;
using Xunit;

namespace Gateway.Relay.Tests.Delivery.Dns.Peers;

/// <summary>Debian's unbound or BIND on a loopback port, which asks a name server of ours for everything.</summary>
internal sealed class RealResolver : IAsyncDisposable
{
    private const int MostTries = 600;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    private readonly TemporaryDirectory _directory = new();
    private readonly Process _process;

    private RealResolver(string program, string[] arguments, string configuration)
    {
        File.WriteAllText(_directory["server.conf"], configuration.Replace("DIRECTORY", _directory.Path, StringComparison.Ordinal));
        _process = Process.Start(new ProcessStartInfo(program, [.. arguments, "-c", _directory["server.conf"]])
        {
            UseShellExecute = false,
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        })!;
        _process.ErrorDataReceived += static (_, _) => { };
        _process.OutputDataReceived += static (_, _) => { };
        _process.BeginErrorReadLine();
        _process.BeginOutputReadLine();
    }

    /// <summary>Where it is asked.</summary>
    public required IPEndPoint EndPoint { get; init; }

    /// <summary>Starts one and waits until it answers.</summary>
    /// <param name="program"><c>unbound</c> or <c>named</c>.</param>
    /// <param name="server">Whom it asks.</param>
    public static async Task<RealResolver> StartAsync(string program, IPEndPoint server)
    {
        string path = "/usr/sbin/" + program;
        Assert.SkipUnless(File.Exists(path), $"NOT TESTED: {path} is missing; eng/test.sh installs unbound and bind9.");
        IPEndPoint own = new(IPAddress.Loopback, FreePort.Take());
        RealResolver resolver = program == "unbound"
            ? new RealResolver(path, ["-d", "-p"], Unbound(own.Port, server.Port)) { EndPoint = own }
            : new RealResolver(path, ["-g"], Bind(own.Port, server.Port)) { EndPoint = own };
        await resolver.AnswersAsync();
        return resolver;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync(CancellationToken.None);
        _process.Dispose();
        _directory.Dispose();
    }

    private async Task AnswersAsync()
    {
        DnsSockets sockets = new();
        for (int i = 0; i < MostTries && !_process.HasExited; i++)
        {
            using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
            limit.CancelAfter(TimeSpan.FromSeconds(1));
            try
            {
                await sockets.AskAsync(EndPoint, new DnsQuery(new DnsQuestion("ready.invalid", DnsType.A), (ushort)i, false), false, limit.Token);
                return;
            }
            catch (Exception e) when (e is System.Net.Sockets.SocketException or OperationCanceledException)
            {
                await Task.Delay(Pause, TestContext.Current.CancellationToken);
            }
        }

        Assert.Fail($"{_process.StartInfo.FileName} does not answer.");
    }

    private static string Unbound(int own, int server) => string.Create(CultureInfo.InvariantCulture, $"""
        server:
          interface: 127.0.0.1
          port: {own}
          username: ""
          chroot: ""
          directory: "DIRECTORY"
          pidfile: ""
          use-syslog: no
          num-threads: 1
          do-ip6: no
          module-config: "iterator"
          do-not-query-localhost: no
          local-zone: "test." nodefault
        forward-zone:
          name: "."
          forward-addr: 127.0.0.1@{server}
        remote-control:
          control-enable: no
        """);

    private static string Bind(int own, int server) => $$"""
        options {
          directory "DIRECTORY";
          listen-on port {{own.ToString(CultureInfo.InvariantCulture)}} { 127.0.0.1; };
          listen-on-v6 { none; };
          pid-file none;
          session-keyfile none;
          dnssec-validation no;
          forward only;
          forwarders { 127.0.0.1 port {{server.ToString(CultureInfo.InvariantCulture)}}; };
        };
        controls { };
        """;
}
