using System.Net;
using Gateway.Demo;
using Gateway.Smtp.Protocol;

namespace Gateway.Drill;

/// <summary>What the mail system behind does when it meets poison.</summary>
internal enum PoisonEffect
{
    /// <summary>It says nothing for a long time, then hangs up.</summary>
    Hang,

    /// <summary>It drops every connection.</summary>
    Crash,
}

/// <summary>The mail system behind the gateway of a drill; it keeps its port over a stop.</summary>
/// <param name="ledger">Where arrivals are noted.</param>
/// <param name="time">The clock of the drill.</param>
/// <param name="kind">What it is made of.</param>
internal sealed class ScriptedDownstream(MailLedger ledger, TimeProvider time, DownstreamKind kind) : IAsyncDisposable
{
    private readonly CancellationTokenSource _end = new();
    private IMailSystem? _server;
    private int _crashes;
    private int _taken;

    /// <summary>Where it listens, or did.</summary>
    public IPEndPoint EndPoint { get; private set; } = new(IPAddress.Loopback, 0);

    /// <summary>How long it takes for one message: so there are always some under way.</summary>
    public TimeSpan Work { get; init; } = TimeSpan.FromMilliseconds(5);

    /// <summary>What it does with poison.</summary>
    public PoisonEffect Effect { get; set; }

    /// <summary>How long it hangs.</summary>
    public TimeSpan HangFor { get; set; }

    /// <summary>How it turns mail away; null while it takes mail.</summary>
    public DrainForm? Drain { get; set; }

    /// <summary>How often it dropped all its connections.</summary>
    public int Crashes => Volatile.Read(ref _crashes);

    /// <summary>How many messages it took.</summary>
    public int Taken => Volatile.Read(ref _taken);

    /// <summary>Starts it.</summary>
    public async Task StartAsync()
    {
        _server = kind == DownstreamKind.Smtpserver
            ? PackageCapture.Start(TakeAsync, EndPoint.Port, Answer, IsSilent)
            : await CaptureServer.StartAsync(TakeAsync, EndPoint.Port, Answer, IsSilent);
        EndPoint = _server.EndPoint;
    }

    /// <summary>Stops it: its connections end, new ones are refused.</summary>
    public async Task StopAsync()
    {
        IMailSystem? server = _server;
        _server = null;
        await (server?.DisposeAsync() ?? ValueTask.CompletedTask);
    }

    /// <summary>Closes all its connections.</summary>
    public void CutAll() => _server?.CutAll();

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await StopAsync();
        _end.Dispose();
    }

    private SmtpReply? Answer(CaptureStep step) => Drain?.Step == step ? Drain.Reply : null;

    private bool IsSilent() => Drain is { IsSilent: true };

    private async ValueTask<SmtpReply> TakeAsync(CapturedMail got, CancellationToken broken)
    {
        // A notification of ours has no entry.
        if (ledger.Find(got.Recipients[0]) is not DrillMail mail)
        {
            return Replies.Ok;
        }

        mail.Attempted();
        if (Drain is { Closes: true })
        {
            _server?.Cut(got.Connection);
            return Replies.ServiceUnavailable;
        }

        using CancellationTokenSource gone = CancellationTokenSource.CreateLinkedTokenSource(broken, _end.Token);
        try
        {
            if (mail.Kind == MailKind.Poison)
            {
                await ChokeAsync(got, gone.Token);
                return Replies.ServiceUnavailable;
            }

            await Task.Delay(Work, TimeProvider.System, gone.Token);
            Interlocked.Increment(ref _taken);
            mail.Delivered(time.GetTimestamp(), DemoRun.IsReceivedPlus(got.Octets.Span, DrillMessages.Octets(mail)));
            return Replies.Ok;
        }
        catch (OperationCanceledException)
        {
            // Nobody is left to hear it.
            return Replies.ServiceUnavailable;
        }
    }

    private async Task ChokeAsync(CapturedMail got, CancellationToken gone)
    {
        if (Effect == PoisonEffect.Hang)
        {
            await Task.Delay(HangFor, TimeProvider.System, gone);
            _server?.Cut(got.Connection);
        }
        else
        {
            Interlocked.Increment(ref _crashes);
            _server?.CutAll();
        }
    }
}
