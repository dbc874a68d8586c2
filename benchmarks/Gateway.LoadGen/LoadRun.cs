using System.Diagnostics;
using System.Net;
using System.Security.Cryptography;
using Gateway.LoadGen.Account;
using Gateway.LoadGen.Mail;
using Gateway.LoadGen.Measure;
using Gateway.LoadGen.Net;
using Gateway.LoadGen.Report;
using Gateway.LoadGen.Sink;
using Gateway.LoadGen.Source;

namespace Gateway.LoadGen;

/// <summary>A run: the sink, the warm-up, what is measured, the waiting for the last message, the account.</summary>
internal sealed class LoadRun : IDisposable
{
    // At a lower rate nothing may move for the time of the patience.
    private const int LeastWhilePatient = 10;

    private static readonly TimeSpan s_glance = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan s_memory = TimeSpan.FromMilliseconds(200);

    private LoadPlan _plan;
    private readonly TextWriter _progress;
    private readonly TimeProvider _clock;
    private readonly SinkBook _book = new();
    private readonly SmtpSink? _sink;
    private readonly ProcessSampler _processes;

    /// <summary>Starts the sink, where there is one.</summary>
    /// <param name="plan">What to do.</param>
    /// <param name="progress">A line each second goes here.</param>
    /// <param name="clock">For the date.</param>
    public LoadRun(LoadPlan plan, TextWriter progress, TimeProvider clock)
    {
        _plan = plan;
        _progress = progress;
        _clock = clock;
        _processes = new ProcessSampler(plan.Pids, plan.Command, plan.Cgroup);
        _sink = plan.Sink is null ? null : new SmtpSink(plan.Sink, _book, plan.Loops);
    }

    /// <summary>Where the sink listens.</summary>
    public IPEndPoint? SinkEndPoint => _sink?.EndPoint;

    /// <summary>Names the target when it is known only after the sink is there.</summary>
    public void Aim(IPEndPoint target) => _plan = _plan with { Source = _plan.Source with { Target = target } };

    /// <summary>Runs all of it.</summary>
    public async Task<RunReport> ExecuteAsync(CancellationToken ct)
    {
        if (_plan.OwnWarmUp > 0)
        {
            await WarmUpOwnAsync(_plan.OwnWarmUp, ct);
        }

        return await MeasureAsync(ct);
    }

    /// <inheritdoc/>
    public void Dispose() => _sink?.Dispose();

    /// <summary>Lets this program's own code compile, against a sink of its own that nobody else sees.</summary>
    private static async Task WarmUpOwnAsync(int messages, CancellationToken ct)
    {
        SinkPlan sink = new() { EndPoint = new IPEndPoint(IPAddress.Loopback, 0) };
        LoadPlan plan = new() { Source = new SourcePlan { Target = sink.EndPoint }, Sink = sink, Messages = messages, Settle = TimeSpan.Zero };
        using LoadRun run = new(plan, TextWriter.Null, TimeProvider.System);
        run.Aim(run.SinkEndPoint!);
        await run.MeasureAsync(ct);
    }

    private async Task<RunReport> MeasureAsync(CancellationToken ct)
    {
        Machine machine = Machine.Look(_plan.DataPath, _plan.CommandLine, _clock.GetLocalNow());
        IReadOnlyList<(IReadOnlyList<MessageTemplate> Variants, double Weight)> clean = _plan.CleanKinds(_clock.GetUtcNow());
        IReadOnlyList<MessageTemplate> hostile = _plan.HostileRate is null && _plan.HostileShare == 0 ? [] : HostileMail.Make(_plan.HostileShapes);
        if (_plan.WarmUp > 0)
        {
            await _progress.WriteLineAsync(FormattableString.Invariant($"warm-up: {_plan.WarmUp} messages"));
            LoadPlan warm = _plan with { Messages = _plan.WarmUp, Duration = null, Rate = null, HostileRate = null, HostileShare = 0 };
            await PhaseAsync(warm, clean, [], machine, ct);
        }

        return await PhaseAsync(_plan, clean, hostile, machine, ct);
    }

    private async Task<RunReport> PhaseAsync(
        LoadPlan plan,
        IReadOnlyList<(IReadOnlyList<MessageTemplate> Variants, double Weight)> clean,
        IReadOnlyList<MessageTemplate> hostile,
        Machine machine,
        CancellationToken ct)
    {
        Ledger ledger = new(BitConverter.ToUInt32(RandomNumberGenerator.GetBytes(4)), plan.Source.Recipients, knowsSource: true, plan.ComparesBody);
        LoadMeter meter = new();
        _book.Add(ledger, meter);
        List<EventLoop> loops = [];
        List<SourceLane> lanes = [];
        void Run(string name, LanePlan lane)
        {
            EventLoop loop = new(name);
            SourceLane added = new(loop, lane);
            loop.Between = added.Dispatch;
            loops.Add(loop);
            lanes.Add(added);
        }

        for (int i = 0; i < plan.Loops; i++)
        {
            Run(FormattableString.Invariant($"source {i}"), Lane(plan, i, plan.Sessions, Share(plan.Messages, i), plan.Rate, Clean(i), ledger, meter));
        }

        if (plan.HostileRate is double hostileRate)
        {
            // On a thread of its own: while five megabytes are handed to the kernel no clean message must wait for this program.
            // As long as the clean mail: by time, or by the messages of the clean rate.
            LoadPlan beside = plan with { Loops = 1, Duration = plan.Duration ?? (plan.Messages is long m && plan.Rate is double r ? TimeSpan.FromSeconds(m / r) : null) };
            Run("hostile", Lane(beside, 0, plan.HostileSessions, null, hostileRate, new MessageMix([(hostile, 1)], 0), ledger, meter));
        }

        try
        {
            ProcessSample before = _processes.Take();
            (double busyBefore, double allBefore) = Machine.Processors();
            TimeSpan ownBefore = Environment.CpuUsage.TotalTime;
            long start = Stopwatch.GetTimestamp();
            LoadTimeline timeline = new(meter, _processes, start);
            lanes.ForEach(l => l.Start());
            await WatchAsync(plan, lanes, loops, ledger, meter, timeline, start, ct);
            ProcessSample after = _processes.Take();
            (double busyAfter, double allAfter) = Machine.Processors();
            TimeSpan own = Environment.CpuUsage.TotalTime - ownBefore;
            timeline.Look();
            lanes.ForEach(l => l.Stop());
            if (_sink is not null)
            {
                await Task.Delay(plan.Settle, CancellationToken.None);
            }

            foreach (EventLoop loop in loops)
            {
                loop.Dispose();
            }

            long ended = _sink is null ? meter.LastAccepted : meter.LastDelivered;
            long messages = Math.Max(1, meter.Settled);
            double delivered = Seconds(start, meter.LastDelivered);
            return new RunReport
            {
                Label = plan.Label,
                Machine = machine with { LoadAfter = Machine.Load() },
                Workload = plan.Describe(),
                IsOpenLoop = plan.Rate is not null,
                Seconds = Math.Round(Seconds(start, ended), 3),
                AcceptedPerSecond = Math.Round(meter.Accepted / Seconds(start, meter.LastAccepted), 1),
                DeliveredPerSecond = Math.Round(meter.Delivered / delivered, 1),
                MegabytesPerSecond = Math.Round(meter.OctetsDelivered / 1e6 / delivered, 2),
                Connections = meter.Connections,
                Unsent = lanes.Sum(l => l.Unsent),
                Foreign = meter.Foreign,
                Bounces = meter.Bounces,
                Account = ledger.Close(_sink is not null),
                Latencies = [.. Summaries(meter, plan.Rate is not null)],
                Refusals = [.. meter.Refusals.OrderBy(r => r.Key, StringComparer.Ordinal).Select(r => new RefusalSummary(r.Key, r.Value.Number, r.Value.Example))],
                Target = !_processes.IsActive ? null : new TargetUse
                {
                    CpuSeconds = Math.Round(after.CpuSeconds - before.CpuSeconds, 2),
                    CpuMillisecondsPerMessage = Math.Round((after.CpuSeconds - before.CpuSeconds) / messages * 1000, 4),
                    PeakMegabytes = Math.Round(timeline.PeakOctets / 1e6, 1),
                    PeakSinceStartMegabytes = Math.Round(after.PeakOctets / 1e6, 1),
                    Processes = after.Processes,
                },
                OwnCpuMilliseconds = Math.Round(own.TotalMilliseconds / messages, 4),
                MachineBusy = Math.Round((busyAfter - busyBefore) / Math.Max(0.01, allAfter - allBefore), 3),
                Timeline = [.. timeline.Seconds],
                Minutes = timeline.Minutes,
            };
        }
        finally
        {
            foreach (EventLoop loop in loops)
            {
                loop.Dispose();
            }
        }

        long? Share(long? count, int i) => count is long all ? (all / plan.Loops) + (i < all % plan.Loops ? 1 : 0) : null;

        MessageMix Clean(int i)
        {
            double weight = clean.Sum(k => k.Weight);
            return new MessageMix(
                plan.HostileShare == 0 ? clean : [.. clean.Select(k => (k.Variants, k.Weight / weight * (1 - plan.HostileShare))), .. hostile.Select(h => ((IReadOnlyList<MessageTemplate>)[h], plan.HostileShare / hostile.Count))],
                i);
        }
    }

    private static LanePlan Lane(LoadPlan plan, int loop, int sessions, long? messages, double? rate, MessageMix mix, Ledger ledger, LoadMeter meter) => new()
    {
        Source = plan.Source,
        Sessions = Math.Max(1, (sessions / plan.Loops) + (loop < sessions % plan.Loops ? 1 : 0)),
        Mix = mix,
        Schedule = new ArrivalSchedule(rate / plan.Loops, plan.Ramp, messages, plan.Duration),
        Ledger = ledger,
        Meter = meter,
        Ramp = plan.Ramp,
    };

    private static IEnumerable<LatencySummary> Summaries(LoadMeter meter, bool isOpenLoop)
    {
        string[] classes = ["clean", "hostile"];
        for (int i = 0; i < classes.Length; i++)
        {
            LatencySummary?[] all =
            [
                LatencySummary.Of("accept", classes[i], meter.Accept[i]),
                isOpenLoop ? LatencySummary.Of("service", classes[i], meter.Service[i]) : null,
                LatencySummary.Of("endToEnd", classes[i], meter.EndToEnd[i]),
            ];
            foreach (LatencySummary summary in all.OfType<LatencySummary>())
            {
                yield return summary;
            }
        }
    }

    private static double Seconds(long from, long to) => Math.Max(1e-6, (to - from) / 1e9);

    // Until everything is sent and what was accepted has arrived, or nothing moves any more.
    private async Task WatchAsync(LoadPlan plan, List<SourceLane> lanes, List<EventLoop> loops, Ledger ledger, LoadMeter meter, LoadTimeline timeline, long start, CancellationToken ct)
    {
        long nextSecond = start + Stopwatch.Frequency;
        long nextMemory = start;
        long moved = start;
        long sourceEnded = 0;
        (long, long) last = default;
        while (true)
        {
            await Task.Delay(s_glance, CancellationToken.None);
            if (ct.IsCancellationRequested)
            {
                await _progress.WriteLineAsync("interrupted");
                return;
            }

            if (loops.Select(l => l.Fault).Append(_sink?.Fault).FirstOrDefault(f => f is not null) is Exception fault)
            {
                throw new InvalidOperationException("A loop of the load generator died.", fault);
            }

            long now = Stopwatch.GetTimestamp();
            if ((meter.Settled, meter.Delivered) != last)
            {
                (last, moved) = ((meter.Settled, meter.Delivered), now);
            }

            if (now >= nextMemory)
            {
                nextMemory = now + (long)s_memory.TotalNanoseconds;
                timeline.LookAtMemory();
            }

            if (now >= nextSecond)
            {
                nextSecond += Stopwatch.Frequency;
                await _progress.WriteLineAsync(TextReport.Progress(timeline.Look(), meter, ledger.Outstanding, _sink is not null));
            }

            // An open loop with a time limit may have more due than it could send: that has the time of the drain, no more.
            bool isLate = plan.Duration is TimeSpan d && now - start > (d + plan.Drain).TotalNanoseconds;
            if (sourceEnded == 0 && (lanes.All(l => l.IsDone) || isLate))
            {
                sourceEnded = now;
            }

            bool isPaced = plan.Rate is double rate && rate * plan.Patience.TotalSeconds < LeastWhilePatient;
            if (now - moved > plan.Patience.TotalNanoseconds && !isPaced)
            {
                await _progress.WriteLineAsync("nothing moves any more: given up");
                return;
            }

            if (sourceEnded != 0 && (_sink is null || ledger.Outstanding == 0 || now - sourceEnded > plan.Drain.TotalNanoseconds))
            {
                return;
            }
        }
    }
}
