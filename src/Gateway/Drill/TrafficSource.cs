using System.Collections.Concurrent;
using Gateway.Smtp.Client;

namespace Gateway.Drill;

/// <summary>What to send.</summary>
/// <param name="Phase">The part of the drill, for the ledger.</param>
/// <param name="Rate">Messages a second.</param>
/// <param name="GoesOn">Whether there is more to send, by the time since the begin.</param>
internal sealed record TrafficPlan(string Phase, double Rate, Func<TimeSpan, bool> GoesOn)
{
    /// <summary>What each message is, by its number within the plan.</summary>
    public Func<int, MailKind> Kind { get; init; } = static _ => MailKind.Clean;

    /// <summary>The domain of each recipient, by the number of the message.</summary>
    public Func<int, string> Domain { get; init; } = static _ => TrafficSource.Domain;

    /// <summary>The same plan for a time.</summary>
    public TrafficPlan For(TimeSpan duration) => this with { GoesOn = elapsed => elapsed < duration };
}

/// <summary>Sends mail in an open loop: each message goes out when it is due, whether or not those before it were answered.</summary>
/// <remarks>
/// It is a mail system like any: what is not taken (4xx, or a connection that ends) is kept and sent again until it is answered for
/// good. Malformed mail has connections of its own, as it comes from others. Times of sending are real, whatever the clock of the drill.
/// </remarks>
/// <param name="ledger">Where messages are noted.</param>
/// <param name="time">The clock of the drill.</param>
internal sealed class TrafficSource(MailLedger ledger, TimeProvider time) : IAsyncDisposable
{
    /// <summary>The recipients' domain where it does not matter.</summary>
    public const string Domain = "example.net";

    private readonly DownstreamPool _clean = new(Client(), TimeProvider.System);
    // A client that sends refused mail is shown the door after 20 of them.
    private readonly DownstreamPool _rough = new(Client(messages: 15), TimeProvider.System);
    private readonly ConcurrentDictionary<Task, bool> _underWay = new();
    private readonly ConcurrentDictionary<int, int> _replies = new();
    private readonly CancellationTokenSource _stop = new();

    /// <summary>The gateway; null while there is none.</summary>
    public DownstreamHost? Target { get; set; }

    /// <summary>The wait before mail that was not taken is sent again.</summary>
    public TimeSpan RetryAfter { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>How often each code was the answer to a message.</summary>
    public IReadOnlyDictionary<int, int> Replies => _replies;

    /// <summary>Messages begun and not answered for good.</summary>
    public int UnderWay => _underWay.Count;

    /// <summary>Sends until the plan is over; does not wait for the last answers.</summary>
    public async Task SendAsync(TrafficPlan plan, CancellationToken ct)
    {
        long real = TimeProvider.System.GetTimestamp();
        for (int i = 0; ; i++)
        {
            TimeSpan due = TimeSpan.FromSeconds(i / plan.Rate);
            if (!plan.GoesOn(due))
            {
                return;
            }

            TimeSpan early = due - TimeProvider.System.GetElapsedTime(real);
            if (early > TimeSpan.Zero)
            {
                await Task.Delay(early, TimeProvider.System, ct);
            }

            // A sender that is behind has its delay counted: the message was due earlier.
            long behind = (long)(Math.Max(0, -early.TotalSeconds) * time.TimestampFrequency);
            Begin(ledger.Open(plan.Kind(i), plan.Phase, plan.Domain(i), time.GetTimestamp() - behind));
        }
    }

    /// <summary>Waits until everything begun was answered for good.</summary>
    /// <returns>False when that takes too long.</returns>
    public async Task<bool> SettleAsync(TimeSpan patience, CancellationToken ct)
    {
        try
        {
            await Task.WhenAll(_underWay.Keys).WaitAsync(patience, TimeProvider.System, ct);
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await SettleAsync(TimeSpan.FromSeconds(5), CancellationToken.None);
        await _clean.DisposeAsync();
        await _rough.DisposeAsync();
        _stop.Dispose();
    }

    private static DownstreamOptions Client(int messages = 1000) =>
        new() { HelloName = static () => "client.drill.invalid", MaxConnectionsPerHost = 100, MaxIdlePerHost = 100, MaxMessagesPerConnection = messages };

    private void Begin(DrillMail mail)
    {
        Task sending = Task.Run(() => DeliverAsync(mail, _stop.Token));
        _underWay[sending] = true;
        _ = sending.ContinueWith(done => _underWay.TryRemove(done, out _), CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
    }

    private async Task DeliverAsync(DrillMail mail, CancellationToken stop)
    {
        DownstreamPool pool = mail.Kind == MailKind.Malformed ? _rough : _clean;
        byte[] octets = DrillMessages.Octets(mail);
        try
        {
            while (true)
            {
                if (Target is DownstreamHost host)
                {
                    using MemoryStream body = new(octets);
                    DeliveryReport report = await pool.SendAsync(
                        host, new OutboundMessage(mail.Sender, [mail.Recipient], default, body, octets.Length, EightBit: true, SmtpUtf8: false), stop);
                    Note(mail, report);
                    if (mail.IsAccepted || mail.IsRefused)
                    {
                        return;
                    }
                }

                await Task.Delay(RetryAfter, TimeProvider.System, stop);
            }
        }
        catch (OperationCanceledException)
        {
            // The drill is over; the message stays with its sender.
        }
    }

    private void Note(DrillMail mail, DeliveryReport report)
    {
        RecipientOutcome outcome = report.Recipients[0];
        if (outcome.Outcome == DeliveryOutcome.Delivered)
        {
            Answered(mail, 250);
        }
        else if (outcome.Reply is { } reply)
        {
            Answered(mail, reply.Code);
        }
        else if (report.MayHaveArrived)
        {
            mail.CutOff();
        }
    }

    private void Answered(DrillMail mail, int code)
    {
        mail.Answered(code);
        _replies.AddOrUpdate(code, 1, static (_, n) => n + 1);
    }
}
