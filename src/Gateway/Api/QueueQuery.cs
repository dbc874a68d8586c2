using Gateway.Api.Requests;
using Gateway.Configuration;
using Gateway.Relay.Delivery;
using Gateway.Relay.Delivery.Routes;
using Gateway.Relay.Message;
using Gateway.Relay.Telemetry;

namespace Gateway.Api;

/// <summary>A <see cref="QueueFilter"/> as the query of an address: <c>route, state, olderThan, reason, from, to, id</c>.</summary>
/// <remarks>A part that is not understood is refused: it must not become a wider filter.</remarks>
internal static class QueueQuery
{
    /// <summary>The names of the query; what else a route takes is added behind them.</summary>
    public static IReadOnlyList<string> Names { get; } = ["id", "route", "state", "olderThan", "reason", "from", "to"];

    /// <summary>The states of the queue.</summary>
    public static ClosedSet<RelayState> States { get; } = new("state", RelayState.Active, RelayState.Deferred, RelayState.OnHold) { Former = ("held", RelayState.OnHold) };

    /// <summary>The orders.</summary>
    public static ClosedSet<QueueOrder> Orders { get; } = new("order");

    /// <summary>Reads the filter of a request; one without any part fits all messages.</summary>
    /// <exception cref="RequestRefusedException">A part is not understood.</exception>
    public static QueueFilter Read(IQueryCollection query, DeliveryQueue queue) => new()
    {
        Id = query.Id("id"),
        Route = query.Text("route") is string route ? Known(RouteTable.NameOf(route), queue) : null,
        State = query.Member("state", States),
        OlderThan = query.Text("olderThan") is not string age ? null
            : Duration.TryParse(age, System.Globalization.CultureInfo.InvariantCulture, out Duration duration) ? duration.Time
            : throw new RequestRefusedException($"'{LogText.Escape(age, 40)}' is no duration such as 30m or 1d."),
        Reason = query.Text("reason"),
        Sender = query.Text("from"),
        Recipient = query.Text("to"),
    };

    /// <summary>Reads the filter of an order: the whole queue is meant only when <c>all=true</c> says so.</summary>
    /// <exception cref="RequestRefusedException">A part is not understood, or neither a part nor all is given, or both.</exception>
    public static QueueFilter ReadForOrder(IQueryCollection query, DeliveryQueue queue)
    {
        QueueFilter filter = Read(query, queue);
        return query.Switch("all") == filter.IsAll
            ? filter
            : throw new RequestRefusedException(filter.IsAll
                ? $"Which messages? Give filters in the address ({string.Join(", ", Names)}), or all=true for the whole queue."
                : "all=true is for the whole queue and goes with no filter.");
    }

    /// <summary>A route that is configured, or has mail.</summary>
    private static string Known(string route, DeliveryQueue queue)
    {
        string[] names = [.. queue.Routes().Select(static r => r.Name)];
        return names.Contains(route, StringComparer.OrdinalIgnoreCase) ? route : throw new RequestRefusedException(
            $"There is no route '{LogText.Escape(route, 40)}'.{KeySuggestion.Sentence(route, names)}");
    }

    /// <summary>Writes a filter as a query, with <c>?</c> in front and anything else that is asked.</summary>
    public static string Format(QueueFilter filter, params IReadOnlyList<string> more)
    {
        (string Name, string? Value)[] parts =
        [
            ("id", filter.Id?.ToString()), ("route", filter.Route),
            ("state", filter.State is RelayState state ? ClosedSet<RelayState>.NameOf(state) : null),
            ("olderThan", filter.OlderThan is TimeSpan age ? new Duration(age).ToString() : null),
            ("reason", filter.Reason), ("from", filter.Sender), ("to", filter.Recipient),
        ];
        return "?" + string.Join('&', parts.Where(p => p.Value is not null).Select(p => $"{p.Name}={Uri.EscapeDataString(p.Value!)}").Concat(more));
    }

    /// <summary>Writes the filter of an order, with <c>all=true</c> when it fits all messages.</summary>
    public static string FormatForOrder(QueueFilter filter, params IReadOnlyList<string> more) =>
        Format(filter, filter.IsAll ? [.. more, "all=true"] : more);
}
