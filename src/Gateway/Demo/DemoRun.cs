using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using Gateway.Configuration;
using Gateway.Hosting;
using Gateway.Logging;
using Gateway.Mime;
using Gateway.Relay;
using Gateway.Relay.Delivery.Routes;
using Gateway.Relay.Message;
using Gateway.Relay.Policy;
using Gateway.Relay.Quarantine;
using Gateway.Smtp.Client;
using Gateway.Smtp.Protocol;
using Gateway.Smtp.Server;
using Route = Gateway.Relay.Delivery.Routes.Route;

namespace Gateway.Demo;

/// <summary>What became of one sample.</summary>
/// <param name="Sample">The sample.</param>
/// <param name="Verdict">What the gateway did: accept or tag (both forwarded), quarantine, reject, or lost.</param>
/// <param name="Worst">The rule that decided, with its octet offset; empty for clean mail.</param>
/// <param name="Downstream">What the mail system behind got.</param>
/// <param name="Latency">From the first command to the reply after the end of data.</param>
/// <param name="AsExpected">It ended where it must.</param>
internal sealed record DemoOutcome(
    DemoSample Sample, string Verdict, string Worst, string Downstream, TimeSpan Latency, bool AsExpected);

/// <summary>The demo: a real gateway and, as the mail system behind it, the package SmtpServer on loopback; a mixed sample through real SMTP.</summary>
internal sealed class DemoRun : IAsyncDisposable
{
    private readonly PackageCapture _capture;
    private readonly ConcurrentDictionary<string, byte[]> _captured;
    private readonly StageTimes _times = new();

    private DemoRun(string directory, PackageCapture capture, ConcurrentDictionary<string, byte[]> captured, GatewayHost gateway)
    {
        Directory = directory;
        _capture = capture;
        _captured = captured;
        Gateway = gateway;
    }

    public string Directory { get; }

    public GatewayHost Gateway { get; }

    public IPEndPoint Downstream => _capture.EndPoint;

    public StageTimes Times => _times;

    /// <summary>Starts everything in a fresh temporary directory on free ports.</summary>
    public static async Task<DemoRun> StartAsync(GatewayLoggerProvider logging, CancellationToken ct)
    {
        string directory = System.IO.Directory.CreateTempSubdirectory("gateway-demo-").FullName;
        ConcurrentDictionary<string, byte[]> captured = new(StringComparer.Ordinal);
        PackageCapture capture = PackageCapture.Start((mail, _) =>
        {
            byte[] octets = mail.Octets.ToArray();
            foreach (string recipient in mail.Recipients)
            {
                captured[recipient] = octets;
            }

            return new(Replies.Ok);
        });
        Route route = new("default", [DownstreamHost.FromEndPoint(capture.EndPoint)]);
        RelayProfile profile = new()
        {
            HostName = "gateway.demo.invalid",
            Control = new RelayControl(NetworkList.Loopback, []),
            Routes = new RouteTable([], route),
            Rules = RulePolicy.Default,
        };
        SmtpServerProfile server = new() { HostName = profile.HostName };
        GatewayHostSettings settings = new()
        {
            Relay = new MailRelaySettings { DataDirectory = directory, Downstream = new DownstreamOptions { HelloName = () => profile.HostName } },
            RelayProfile = () => profile,
            ServerProfile = () => server,
            Listeners = [new ListenerSettings(new IPEndPoint(IPAddress.Loopback, 0))],
            Management = "127.0.0.1:0",
            DrainTimeout = TimeSpan.FromSeconds(2),
        };
        return new DemoRun(directory, capture, captured, await GatewayHost.StartAsync(settings, logging, new LogOptions(), ct));
    }

    /// <summary>Sends one sample and looks where it ended.</summary>
    public async Task<DemoOutcome> TryAsync(int number, DemoSample sample, CancellationToken ct)
    {
        string recipient = string.Create(CultureInfo.InvariantCulture, $"sample-{number:00}@example.net");
        long start = Stopwatch.GetTimestamp();
        DeliveryReport report = await SendAsync(sample.Sender, recipient, sample.Octets, ct);
        TimeSpan latency = Stopwatch.GetElapsedTime(start);
        RecipientOutcome outcome = report.Recipients[0];
        if (outcome.Outcome == DeliveryOutcome.Refused)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, ct);
            bool nothing = !_captured.ContainsKey(recipient);
            return new DemoOutcome(
                sample, "reject", Worst(sample), nothing ? "nothing" : "GOT IT", latency, nothing && sample.Expected == RuleAction.Reject);
        }

        if (outcome.Outcome != DeliveryOutcome.Delivered)
        {
            return new DemoOutcome(sample, "lost", outcome.Outcome.ToString(), "nothing", latency, AsExpected: false);
        }

        return await FindAsync(sample, recipient, latency, ct);
    }

    /// <summary>Sends clean messages over a few connections, for the figures.</summary>
    public async Task<int> SendCleanAsync(int count, int connections, CancellationToken ct)
    {
        _times.Clear();
        int before = _captured.Count;
        await Parallel.ForAsync(0, connections, new ParallelOptions { MaxDegreeOfParallelism = connections, CancellationToken = ct }, async (lane, token) =>
        {
            await using DownstreamConnection connection = await ConnectAsync(token);
            for (int i = lane; i < count; i += connections)
            {
                string recipient = string.Create(CultureInfo.InvariantCulture, $"clean-{i}@example.net");
                await SendAsync(connection, "alice@example.org", recipient, DemoSamples.Clean, token);
            }
        });
        long start = Stopwatch.GetTimestamp();
        while (_captured.Count - before < count && Stopwatch.GetElapsedTime(start) < TimeSpan.FromSeconds(5))
        {
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, ct);
        }

        return _captured.Count - before;
    }

    public async ValueTask DisposeAsync()
    {
        await Gateway.DisposeAsync();
        await _capture.DisposeAsync();
        _times.Dispose();
        System.IO.Directory.Delete(Directory, recursive: true);
    }

    private async Task<DemoOutcome> FindAsync(DemoSample sample, string recipient, TimeSpan latency, CancellationToken ct)
    {
        long start = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(start) < TimeSpan.FromSeconds(5))
        {
            if (_captured.TryGetValue(recipient, out byte[]? got))
            {
                bool exact = IsReceivedPlus(got, sample.Octets);
                bool forward = sample.Expected is RuleAction.Allow or RuleAction.Tag;
                string worst = Worst(sample);
                return new DemoOutcome(
                    sample, (worst.Length == 0 ? RuleAction.Allow : RuleAction.Tag).Name(), worst, exact ? "byte for byte" : "ALTERED", latency, exact && forward);
            }

            IReadOnlyList<QuarantineSummary> held =
                await Gateway.Relay.Quarantine.Store.ListAsync(new QuarantineFilter { Recipient = recipient }, ct);
            if (held.Count > 0 && await Gateway.Relay.Quarantine.Store.FindAsync(held[0].Id, ct) is QuarantineEntry entry)
            {
                QuarantineFinding worst = entry.Findings.First(f => f.Rule == entry.WorstRule);
                string at = string.Create(CultureInfo.InvariantCulture, $"{worst.Rule} @{worst.Offset}");
                return new DemoOutcome(sample, "quarantine", at, "nothing", latency, sample.Expected == RuleAction.Quarantine);
            }

            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, ct);
        }

        return new DemoOutcome(sample, "lost", string.Empty, "nothing", latency, AsExpected: false);
    }

    private async Task<DeliveryReport> SendAsync(string sender, string recipient, byte[] octets, CancellationToken ct)
    {
        await using DownstreamConnection connection = await ConnectAsync(ct);
        return await SendAsync(connection, sender, recipient, octets, ct);
    }

    private static async Task<DeliveryReport> SendAsync(
        DownstreamConnection connection, string sender, string recipient, byte[] octets, CancellationToken ct)
    {
        using MemoryStream body = new(octets);
        return await connection.SendAsync(new OutboundMessage(sender, [recipient], default, body, octets.Length, EightBit: true, SmtpUtf8: false), ct);
    }

    private async Task<DownstreamConnection> ConnectAsync(CancellationToken ct)
    {
        DownstreamHost host = DownstreamHost.FromEndPoint(Gateway.SmtpEndPoints[0]);
        ConnectResult result = await DownstreamConnection.ConnectAsync(
            host, new DownstreamOptions { HelloName = () => "client.demo.invalid" }, TimeProvider.System, ct);
        return result.Connection ?? throw new IOException($"The demo's own gateway at {host} does not answer.");
    }

    /// <summary>The rule that decides, as the inspection of the same octets tells it.</summary>
    private static string Worst(DemoSample sample)
    {
        WireScanner scanner = new();
        scanner.Append(sample.Octets);
        InspectionContext context = new() { NullSender = sample.Sender.Length == 0 };
        using MessageBytes content = MessageBytes.FromMemory(sample.Octets);
        InspectionReport report = new MimeInspector().Inspect(content, scanner.Complete(), context, CancellationToken.None);
        return report.Verdict > RuleAction.Allow && report.Decisive is Finding worst
            ? string.Create(CultureInfo.InvariantCulture, $"{worst.RuleName} @{worst.Offset}")
            : string.Empty;
    }

    /// <summary>One Received field of ours, then exactly what was sent.</summary>
    internal static bool IsReceivedPlus(ReadOnlySpan<byte> got, ReadOnlySpan<byte> sent) =>
        got.StartsWith("Received: from "u8) && got.EndsWith(sent)
        && got[..^sent.Length].EndsWith("\r\n"u8) && got[..^sent.Length].IndexOf("\r\n\r\n"u8) < 0;
}
