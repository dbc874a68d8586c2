using Gateway.Relay.Message;
using Gateway.Relay.Telemetry;
using Microsoft.Extensions.Logging;

namespace Gateway.Relay.Delivery;

/// <summary>Counts what an order came to, and logs it when that is known.</summary>
/// <remarks>Threads: one.</remarks>
/// <param name="log">Takes a line for each of the first messages and one for all.</param>
/// <param name="order">The order.</param>
/// <param name="actor">Who gave it.</param>
/// <param name="asked">Messages that fitted when it was given.</param>
internal sealed class QueueOrderTally(ILogger log, QueueOrder order, string actor, int asked)
{
    /// <summary>Messages named one by one.</summary>
    private const int Shown = 100;

    private readonly List<QueueEntry> _sample = [];
    private readonly List<QueueOrderFailure> _failures = [];
    private readonly int[] _counts = new int[(int)OrderStepKind.Failed + 1];
    private readonly string _name = order.ToString().ToLowerInvariant();

    /// <summary>True when no further message is named.</summary>
    public bool IsFull => _sample.Count >= Shown;

    /// <summary>Messages for which it was carried out so far.</summary>
    public int Done => Count(OrderStepKind.Done);

    /// <summary>Counts one message.</summary>
    public void Add(MessageId id, QueueEntry? entry, OrderStep step)
    {
        int count = ++_counts[(int)step.Kind];
        if (step.Kind == OrderStepKind.Done && count <= Shown)
        {
            // A try that a person orders changes nothing that must be found out later message by message.
            if (order != QueueOrder.Retry)
            {
                GatewayLog.QueueOrder(log, id.ToString(), _name, LogText.Escape(actor));
            }

            if (entry is not null)
            {
                _sample.Add(entry);
            }
        }

        if (step.Kind == OrderStepKind.Failed && _failures.Count < Shown)
        {
            _failures.Add(new QueueOrderFailure(id.ToString(), LogText.Escape(step.Fault)));
        }
    }

    /// <summary>Logs the order and gives its outcome.</summary>
    public QueueOrderOutcome Finish(QueueFilter filter, string reason)
    {
        QueueOrderOutcome outcome = new(Done, _sample)
        {
            Asked = asked,
            UnderWay = Count(OrderStepKind.UnderWay),
            Gone = Count(OrderStepKind.Gone),
            Failed = Count(OrderStepKind.Failed),
            Failures = _failures,
        };
        GatewayLog.QueueOrders(
            log, _name, outcome.Count, asked, outcome.UnderWay, outcome.Gone, outcome.Failed, LogText.Escape(filter.ToString()), LogText.Escape(actor),
            LogText.Escape(reason));
        return outcome;
    }

    private int Count(OrderStepKind kind) => _counts[(int)kind];
}
