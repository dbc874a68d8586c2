using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Gateway.Acceptance.Harness;
using Gateway.TestKit;

namespace Gateway.Acceptance.Life;

/// <summary>Every signal at every moment of a life under load: nothing is lost, nothing comes twice, and only SIGTERM and SIGINT end it, with a drain.</summary>
public sealed class SignalStormTests
{
    private const int Clients = 4;

    // With their numbers on Linux.
    private static readonly (string Name, int Number)[] Signals = [("HUP", 1), ("USR1", 10), ("INT", 2), ("TERM", 15)];

    private readonly ConcurrentDictionary<string, bool> _acknowledged = new(StringComparer.Ordinal);
    private int _sent;
    private int _early;

    private enum Phase
    {
        Start,
        Run,
        Stop,
        Exec,
    }

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    /// <summary>Each signal in each phase once.</summary>
    [Fact(Timeout = 420_000)]
    public Task EverySignal_InEveryPhase_LosesNothingAndEndsNothingElse() => StormAsync(12, phases: 3, seed: 1);

    /// <summary>eng/signals.sh: as many moments as <c>GATEWAY_SIGNALS</c> says, from exec on.</summary>
    [Fact(Timeout = 7_200_000, Explicit = true)]
    public Task Storm_OfSignals_LosesNothingAndEndsNothingElse() => StormAsync(
        int.Parse(Environment.GetEnvironmentVariable("GATEWAY_SIGNALS") ?? "200", CultureInfo.InvariantCulture), phases: 4,
        int.Parse(Environment.GetEnvironmentVariable("GATEWAY_SIGNAL_SEED") ?? "1", CultureInfo.InvariantCulture));

    private async Task StormAsync(int moments, int phases, int seed)
    {
        await using ScriptedSmtpServer downstream = new() { KeepTranscript = false };
        await using GatewayUnderTest gateway = new(downstream);
        Random random = new(seed);
        for (int moment = 0; moment < moments; moment++)
        {
            (string name, int number) = Signals[moment / phases % Signals.Length];
            Phase phase = (Phase)(moment % phases);
            // The first round of each pair comes at once.
            TimeSpan wait = TimeSpan.FromMilliseconds(moment < phases * Signals.Length ? 0 : random.Next(0, 400));
            string what = $"moment {moment.ToString(CultureInfo.InvariantCulture)}: SIG{name} at {phase} + {wait.TotalMilliseconds} ms";
            int code = await LifeAsync(gateway, phase, name, number, wait);
            if (phase == Phase.Exec && code == 128 + number)
            {
                // .NET has not begun the program: the system's default is in force, and nothing is open yet.
                _early++;
                continue;
            }

            Assert.True(code == 0, $"{what}: exit code {code}");
        }

        await gateway.StartAsync();
        await gateway.WaitForEmptyQueueAsync();
        Assert.Equal(0, await gateway.StopAsync());
        string[] delivered = [.. downstream.Messages.Select(m => m.Recipients[0].Split('@')[0])];
        int lost = _acknowledged.Keys.Except(delivered, StringComparer.Ordinal).Count();
        int twice = delivered.Length - delivered.Distinct(StringComparer.Ordinal).Count();
        TestContext.Current.TestOutputHelper?.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{moments} signals: {_sent} messages begun, {_acknowledged.Count} answered 250, {delivered.Length} delivered, {twice} of them once more, lost {lost}; {_early} signals came before the program had begun"));
        Assert.Equal((0, 0), (lost, twice));
        Assert.True(_acknowledged.Count > moments, "the load was too small to prove anything");
    }

    /// <summary>One process from exec to exit, with one signal; its exit code.</summary>
    private async Task<int> LifeAsync(GatewayUnderTest gateway, Phase phase, string signal, int number, TimeSpan wait)
    {
        bool ends = signal is "INT" or "TERM";
        if (phase is Phase.Start or Phase.Exec)
        {
            int seen = gateway.Log.Count;
            gateway.Launch(["run", .. gateway.Settings()]);
            if (phase == Phase.Start)
            {
                await Eventually.TrueAsync(() => ends ? HasOpen(gateway.Pid, gateway.Data) : Catches(gateway.Pid, number), "the program has begun");
            }

            await Task.Delay(wait, Ct);
            await Tool.SignalAsync(signal, gateway.Pid);
            await Eventually.TrueAsync(() => gateway.HasExited || (!ends && gateway.IsReady(seen)), "it is ready, or has ended");
            return gateway.HasExited ? await gateway.WaitForExitAsync() : await gateway.StopAsync();
        }

        await gateway.StartAsync();
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        int before = _acknowledged.Count;
        Task[] clients = [.. Enumerable.Range(0, Clients).Select(_ => Task.Run(() => SendUntilCutOffAsync(gateway.Smtp, stop.Token), Ct))];
        await Eventually.TrueAsync(() => _acknowledged.Count > before, "the load has begun");
        if (phase == Phase.Stop)
        {
            int seen = gateway.Log.Count;
            await Tool.SignalAsync("TERM", gateway.Pid);
            await Eventually.TrueAsync(() => gateway.HasExited || gateway.Log.Skip(seen).Any(l => l.Contains("stopping: ", StringComparison.Ordinal)), "it stops");
        }

        await Task.Delay(wait, Ct);
        // One that has already ended is not there to be told.
        await Tool.RunAsync("/bin/sh", ["-c", string.Create(CultureInfo.InvariantCulture, $"kill -{signal} {gateway.Pid}")]);
        if (phase == Phase.Run && !ends)
        {
            before = _acknowledged.Count;
            await Eventually.TrueAsync(() => _acknowledged.Count > before || gateway.HasExited, "mail passes behind the signal");
            await Tool.SignalAsync("TERM", gateway.Pid);
        }

        int code = await gateway.WaitForExitAsync();
        await stop.CancelAsync();
        await Task.WhenAll(clients);
        return code;
    }

    /// <summary>Whether a process has taken a signal over. Source: proc(5), SigCgt.</summary>
    private static bool Catches(int pid, int signal) => Read(() => File.ReadLines($"/proc/{pid}/status").Any(l =>
        l.StartsWith("SigCgt:", StringComparison.Ordinal)
        && (ulong.Parse(l.AsSpan(7).Trim(), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture) >> (signal - 1) & 1) != 0));

    private static bool HasOpen(int pid, string folder) => Read(() => Directory.GetFiles($"/proc/{pid}/fd")
        .Any(f => File.ResolveLinkTarget(f, returnFinalTarget: false)?.FullName.StartsWith(folder, StringComparison.Ordinal) == true));

    // What is read of a process may be gone with it, or with one of its files.
    private static bool Read(Func<bool> question)
    {
        try
        {
            return question();
        }
        catch (IOException)
        {
            return false;
        }
    }

    private async Task SendUntilCutOffAsync(IPEndPoint gateway, CancellationToken stop)
    {
        try
        {
            await using ScriptedSmtpClient client = await ScriptedSmtpClient.ConnectAsync(gateway, stop, TimeSpan.FromSeconds(60));
            await client.ReadReplyAsync(stop);
            await client.SayAsync("EHLO client.test", stop);
            while (!stop.IsCancellationRequested)
            {
                string id = string.Create(CultureInfo.InvariantCulture, $"s-{Interlocked.Increment(ref _sent)}");
                string? reply = await client.DeliverAsync(Mail.Sender, [$"{id}@example.net"], Mail.Clean(id), stop);
                if (reply?.StartsWith("250 ", StringComparison.Ordinal) != true)
                {
                    return;
                }

                _acknowledged[id] = true;
                await Task.Delay(TimeSpan.FromMilliseconds(10), stop);
            }
        }
        catch (Exception e) when (e is SocketException or IOException or OperationCanceledException)
        {
            // The gateway has ended, or the round is over.
        }
    }
}
