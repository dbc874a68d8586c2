using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using Gateway.TestKit;

namespace Gateway.Acceptance.Harness;

/// <summary>Postfix's smtp-sink: takes everything, counts it, keeps nothing.</summary>
internal sealed partial class SmtpSink : IAsyncDisposable
{
    private readonly Process _process;
    private readonly Task<string> _counter;

    private SmtpSink(Process process, int port)
    {
        _process = process;
        Port = port;
        _counter = process.StandardOutput.ReadToEndAsync(CancellationToken.None);
    }

    /// <summary>Where it listens.</summary>
    public int Port { get; }

    /// <summary>Starts it on a free port.</summary>
    public static async Task<SmtpSink> StartAsync()
    {
        int port = FreePort.Take();
        // It refuses to run as root.
        IEnumerable<string> user = Environment.UserName == "root" ? ["-u", "nobody"] : [];
        Process process = Tool.Start(
            Tool.Postfix("smtp-sink"), [.. user, "-c", string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{port}"), "100"]);
        SmtpSink sink = new(process, port);
        await Eventually.TrueAsync(() => process.HasExited || Answers(port), "smtp-sink listens");
        Assert.False(process.HasExited, "smtp-sink ended at its start");
        return sink;
    }

    /// <summary>Stops it.</summary>
    /// <returns>Its own count of messages.</returns>
    public async Task<int> StopAsync()
    {
        _process.Kill();
        string said = await _counter;
        return MessageCount().Matches(said) is { Count: > 0 } all ? int.Parse(all[^1].Groups[1].ValueSpan, CultureInfo.InvariantCulture) : 0;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync(CancellationToken.None);
        _process.Dispose();
    }

    internal static bool Answers(int port)
    {
        try
        {
            using System.Net.Sockets.TcpClient client = new("127.0.0.1", port);
            return true;
        }
        catch (System.Net.Sockets.SocketException)
        {
            return false;
        }
    }

    [GeneratedRegex(@"mesg=(\d+)", RegexOptions.None, 1000)]
    private static partial Regex MessageCount();
}
