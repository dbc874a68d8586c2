using Gateway.Relay.Delivery.Hosts;
using Gateway.Relay.Delivery.Lanes;
using Gateway.Relay.Delivery.Routes;
using Gateway.Relay.Message;
using Gateway.Relay.Telemetry;
using Gateway.Smtp.Client;

namespace Gateway.Relay.Delivery;

/// <content>The hosts of a route, one after the other, until each recipient has an answer that is about the message.</content>
public sealed partial class DeliveryWorker
{
    /// <summary>Tries the hosts that are up; what one does not take for a trouble of its own goes to the next at once.</summary>
    /// <returns>One answer for each recipient; none when no host could be tried.</returns>
    private async Task<List<HostAnswer>> TryHostsAsync(Parcel parcel, Envelope envelope, OutboundMessage message, CancellationToken stop)
    {
        IReadOnlyList<DownstreamHost> hosts = InOrder(parcel.Destination.Route);
        DeliveryReport? report = null;
        if (parcel.Destination.Route.ByMx)
        {
            (hosts, report) = await LookUpAsync(parcel, stop);
        }

        hosts = ShunnedLast(hosts, parcel.Shunned);
        List<HostAnswer> settled = new(parcel.Recipients.Count);
        List<HostAnswer>? open = report is null ? null : Sort(report, settled);

        for (int i = 0; i < hosts.Count && !stop.IsCancellationRequested; i++)
        {
            if (!parcel.Destination.Health.TryClaim(hosts[i]))
            {
                continue;
            }

            if (open is not null)
            {
                message = Rest(parcel, envelope, message, open, hosts[i]);
            }

            report = await SendToAsync(parcel, hosts[i], message, parcel.Destination.Health.HasUsable(hosts, i + 1), stop);
            open = Sort(report, settled);
            if (open is null)
            {
                break;
            }
        }

        settled.AddRange(open ?? []);
        return settled;
    }

    /// <summary>One host has its turn: what it says about itself and about the message is noted.</summary>
    private async Task<DeliveryReport> SendToAsync(Parcel parcel, DownstreamHost host, OutboundMessage message, bool hasNext, CancellationToken stop)
    {
        message.Body.Position = 0;
        HostMark begin = parcel.Destination.Begin(parcel, host);
        DateTimeOffset at = _time.GetUtcNow();
        DownstreamPool pool = parcel.Lane == parcel.Destination.Suspects ? _suspects : _clean;
        DeliveryReport report = await pool.SendAsync(host, message, hasNext, stop);
        LogConnection(parcel.Message.Id.ToString(), report);
        JudgeHost(parcel, host, report);
        if (!stop.IsCancellationRequested)
        {
            JudgeMessage(parcel, host, report, begin, at);
        }

        if (report.MayHaveArrived)
        {
            LogMayHaveArrived(parcel, report);
        }

        return report;
    }

    /// <summary>Adds what is settled. A missing extension fails only when no host has it (RFC 8689 section 4.2.1 for REQUIRETLS).</summary>
    /// <returns>What the next host may still take, or null.</returns>
    private static List<HostAnswer>? Sort(DeliveryReport report, List<HostAnswer> settled)
    {
        List<HostAnswer>? open = null;
        foreach (RecipientOutcome outcome in report.Recipients)
        {
            HostAnswer answer = new(outcome, report);
            if (answer.IsOfHost || report.LacksCapability)
            {
                (open ??= []).Add(answer);
            }
            else
            {
                settled.Add(answer);
            }
        }

        return open;
    }

    /// <summary>The same message for the recipients that the host before did not take.</summary>
    private OutboundMessage Rest(Parcel parcel, Envelope envelope, OutboundMessage message, List<HostAnswer> open, DownstreamHost next)
    {
        HostAnswer first = open[0];
        GatewayLog.NextHost(_log, parcel.Message.Id.ToString(), DeliveryText.Relay(first.Report), LogText.Reply(first.Text), next.ToString());
        if (open.Count == message.Recipients.Count)
        {
            return message;
        }

        string[] recipients = [.. open.Select(static a => a.Outcome.Recipient)];
        return message with { Recipients = recipients, DsnRecipientParameters = envelope.Dsn?.Format(recipients) };
    }

    /// <summary>In line for the host, behind the line, or on its own schedule: where the rest of an attempt waits.</summary>
    private static NextStep NextOf(Parcel parcel, List<HostAnswer> waiting)
    {
        if (!waiting.TrueForAll(static a => a.IsOfHost))
        {
            return WasDropped(parcel, waiting) ? NextStep.AtOnce : NextStep.Retry;
        }

        // A suspect that gets no connection while others do waits its time: it must not press for one.
        if (parcel.Lane == parcel.Destination.Suspects && parcel.Destination.Standing == HostStanding.Up)
        {
            return NextStep.Retry;
        }

        return waiting.TrueForAll(static a => a.Outcome.Step < DeliveryStep.Reset) ? NextStep.BackInLine
            : parcel.Refusals is { IsOwn: true } ? NextStep.Retry
            : NextStep.EndOfLine;
    }

    /// <summary>
    /// The host closed the connection without a word, as it does with all of them when it chokes on one message: whoever merely stood
    /// nearby is not to wait for a retry, and where there is another host it has the next turn. A message under which connections close
    /// twice on end is left alone for a while, however many hosts there are: it must not go from host to host unjudged.
    /// </summary>
    private static bool WasDropped(Parcel parcel, List<HostAnswer> waiting) =>
        parcel.Journal is not { Convicts: true } && waiting.TrueForAll(static a => a.Outcome.Outcome == DeliveryOutcome.Disconnected)
        && (parcel.Attempts == 0 || (parcel.Destination.Hosts.Count > 1 && parcel.Journal is { Notes: [.., { AtOnce: false }] }));

    private static IReadOnlyList<DownstreamHost> ShunnedLast(IReadOnlyList<DownstreamHost> hosts, DownstreamHost? shunned) =>
        shunned is null || hosts.Count < 2 || !hosts.Contains(shunned) ? hosts : [.. hosts.Where(h => h != shunned), shunned];

    private IReadOnlyList<DownstreamHost> InOrder(Route route)
    {
        if (route.Weights.Count == 0)
        {
            return route.Hosts;
        }

        lock (_random)
        {
            return route.InOrder(_random.NextDouble());
        }
    }
}
