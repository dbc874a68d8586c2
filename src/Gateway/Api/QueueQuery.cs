using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Gateway.Configuration;
using Gateway.Relay;
using Gateway.Relay.Delivery;
using Gateway.Relay.Telemetry;

namespace Gateway.Api;

/// <summary>A <see cref="QueueFilter"/> as the query of an address: <c>route, state, olderThan, reason, from, to, id</c>.</summary>
/// <remarks>A part that is not understood is refused: it must not become a wider filter.</remarks>
internal static class QueueQuery
{
    private static readonly string[] Others = ["limit", "dryRun", "toRoute"];

    /// <summary>The states of the queue.</summary>
    public static RelayState[] States { get; } = [RelayState.Active, RelayState.Deferred, RelayState.Held];

    /// <summary>Reads the filter of a request.</summary>
    public static bool TryParse(IQueryCollection query, out QueueFilter filter, [NotNullWhen(false)] out string? problem)
    {
        filter = new QueueFilter();
        problem = null;
        foreach ((string name, Microsoft.Extensions.Primitives.StringValues values) in query)
        {
            string value = values.ToString();
            if (value.Length == 0 || values.Count > 1)
            {
                problem = $"'{LogText.Escape(name, 40)}' needs one value.";
            }
            else if (name == "id")
            {
                problem = MessageId.TryParse(value, out MessageId id) ? null : $"'{LogText.Escape(value, 40)}' is no queue id.";
                filter = filter with { Id = id };
            }
            else if (name == "state")
            {
                problem = Enum.TryParse(value, ignoreCase: true, out RelayState state) && States.Contains(state)
                    ? null
                    : $"'{LogText.Escape(value, 40)}' is no state; states are {string.Join(", ", States).ToLowerInvariant()}.";
                filter = filter with { State = state };
            }
            else if (name == "olderThan")
            {
                problem = Duration.TryParse(value, CultureInfo.InvariantCulture, out Duration age) ? null : $"'{LogText.Escape(value, 40)}' is no duration such as 30m or 1d.";
                filter = filter with { OlderThan = age.Time };
            }
            else
            {
                filter = name switch
                {
                    "route" => filter with { Route = value },
                    "reason" => filter with { Reason = value },
                    "from" => filter with { Sender = value },
                    "to" => filter with { Recipient = value },
                    _ => filter,
                };
                problem = name is "route" or "reason" or "from" or "to" || Others.Contains(name, StringComparer.Ordinal)
                    ? null
                    : $"There is no filter '{LogText.Escape(name, 40)}'.";
            }

            if (problem is not null)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Writes a filter as a query, with <c>?</c> in front and anything else that is asked.</summary>
    public static string Format(QueueFilter filter, string more = "")
    {
        (string Name, string? Value)[] parts =
        [
            ("id", filter.Id?.ToString()), ("route", filter.Route), ("state", filter.State?.ToString()),
            ("olderThan", filter.OlderThan is TimeSpan age ? new Duration(age).ToString() : null),
            ("reason", filter.Reason), ("from", filter.Sender), ("to", filter.Recipient),
        ];
        IEnumerable<string> given = parts.Where(p => p.Value is not null).Select(p => $"{p.Name}={Uri.EscapeDataString(p.Value!)}");
        return "?" + string.Join('&', more.Length == 0 ? given : given.Append(more));
    }
}
