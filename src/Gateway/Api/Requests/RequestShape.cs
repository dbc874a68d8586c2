using Gateway.Configuration;
using Gateway.Relay.Telemetry;
using Microsoft.Extensions.Primitives;

namespace Gateway.Api.Requests;

/// <summary>What the body of a request is.</summary>
internal enum RequestBody
{
    /// <summary>There is none; one that comes is refused.</summary>
    None,

    /// <summary>An <see cref="OrderRequest"/>; none at all is one without a reason.</summary>
    Order,

    /// <summary>Octets that the route reads itself as they come, and bounds itself.</summary>
    Stream,
}

/// <summary>What a route reads of a request besides its path. Anything else is refused by <see cref="RequestGate"/>.</summary>
/// <param name="Body">What the body is.</param>
/// <param name="Query">The names that its query may have.</param>
internal sealed record RequestShape(RequestBody Body, IReadOnlyList<string> Query)
{
    /// <summary>A route that says nothing reads nothing.</summary>
    public static RequestShape Nothing { get; } = new(RequestBody.None, []);

    /// <summary>Refuses a query with a name that is not read, that is there twice, or that has no value.</summary>
    /// <exception cref="RequestRefusedException">It is not understood.</exception>
    public void Check(IQueryCollection query)
    {
        foreach ((string name, StringValues values) in query)
        {
            if (!Query.Contains(name, StringComparer.Ordinal))
            {
                string known = Query.Count == 0 ? "this address takes none" : $"there are {string.Join(", ", Query)}";
                throw new RequestRefusedException($"There is no filter '{LogText.Escape(name, 40)}'; {known}.{KeySuggestion.Sentence(name, Query)}");
            }

            if (values.Count > 1)
            {
                throw new RequestRefusedException($"'{name}' stands there {values.Count} times; it takes one value.");
            }

            if (string.IsNullOrEmpty(values[0]))
            {
                throw new RequestRefusedException($"'{name}' needs a value.");
            }
        }
    }
}

/// <summary>How routes say what they read.</summary>
internal static class RequestShapeExtensions
{
    /// <summary>Names what a route reads of the query.</summary>
    public static RouteHandlerBuilder TakesQuery(this RouteHandlerBuilder route, params IReadOnlyList<string> names) =>
        route.WithMetadata(new RequestShape(RequestBody.None, names));

    /// <summary>Says that a route reads its body itself, and names what it reads of the query.</summary>
    public static RouteHandlerBuilder TakesStream(this RouteHandlerBuilder route, params IReadOnlyList<string> names) =>
        route.WithMetadata(new RequestShape(RequestBody.Stream, names));

    /// <summary>Says that a route takes an <see cref="OrderRequest"/>, and names what it reads of the query.</summary>
    public static RouteHandlerBuilder TakesOrder(this RouteHandlerBuilder route, params IReadOnlyList<string> names) =>
        route.WithMetadata(new RequestShape(RequestBody.Order, names));
}
