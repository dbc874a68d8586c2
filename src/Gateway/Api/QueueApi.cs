using Gateway.Mime;
using Gateway.Relay;
using Gateway.Relay.Delivery;
using Gateway.Relay.Telemetry;
using Gateway.Spool;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Gateway.Api;

/// <summary>HTTP for the queue and the routes.</summary>
internal static class QueueApi
{
    /// <summary>Instead of a route: the one of each recipient's domain.</summary>
    internal const string OfDomain = "domain";

    private const int MaxRows = 10_000;

    /// <summary>Adds the routes under <c>/api</c>.</summary>
    public static void Map(RouteGroupBuilder api, DeliveryQueue queue)
    {
        MapListing(api.MapGroup("/queue"), queue);
        MapOrders(api.MapGroup("/queue"), queue);
        MapRoutes(api.MapGroup("/routes"), queue);
    }

    private static void MapListing(RouteGroupBuilder api, DeliveryQueue queue)
    {
        api.MapGet("", IResult (int? limit, HttpContext http) => QueueQuery.TryParse(http.Request.Query, out QueueFilter filter, out string? problem)
            ? TypedResults.Json(queue.List(filter, Rows(limit)), ApiJson.Default.IReadOnlyListQueueEntry)
            : BadRequest(problem));
        api.MapGet("/summary", IResult (HttpContext http) => QueueQuery.TryParse(http.Request.Query, out QueueFilter filter, out string? problem)
            ? TypedResults.Json(queue.Summary(filter), ApiJson.Default.IReadOnlyListQueueGroup)
            : BadRequest(problem));
        api.MapGet("/{id}", IResult (string id) =>
            MessageId.TryParse(id, out MessageId key) && queue.Find(key) is QueueEntry entry
                ? TypedResults.Json(entry, ApiJson.Default.QueueEntry)
                : NotFound("message", id, "queue"));
        api.MapGet("/{id}/message", IResult (string id) =>
        {
            if (!MessageId.TryParse(id, out MessageId key) || queue.Open(key) is not var (trace, content))
            {
                return NotFound("message", id, "queue");
            }

            return TypedResults.Stream(
                async output =>
                {
                    using MessageBytes octets = content;
                    await output.WriteAsync(trace);
                    await using Stream body = octets.OpenStream();
                    await body.CopyToAsync(output);
                },
                "application/octet-stream",
                "message.eml");
        });
    }

    private static void MapOrders(RouteGroupBuilder api, DeliveryQueue queue)
    {
        api.MapPost("/retry", (HttpContext http) => Count(queue.Retry(null, ManagementApi.Actor(http))));
        api.MapPost("/{id}/retry", IResult (string id, HttpContext http) => One(id, key => queue.Retry(key, ManagementApi.Actor(http)), "deferred message"));
        api.MapPost("/{id}/remove", IResult (string id, HttpContext http) => One(id, key => queue.Remove(key, ManagementApi.Actor(http)), "message"));
        api.MapPost("/orders/{order}", async Task<IResult> (string order, bool? dryRun, string? toRoute, OrderRequest request, HttpContext http) =>
        {
            if (!Enum.TryParse(order, ignoreCase: true, out QueueOrder wanted) || !Enum.IsDefined(wanted))
            {
                return BadRequest($"'{LogText.Escape(order, 40)}' is no order; orders are {string.Join(", ", Enum.GetNames<QueueOrder>()).ToLowerInvariant()}.");
            }

            if (!QueueQuery.TryParse(http.Request.Query, out QueueFilter filter, out string? problem))
            {
                return BadRequest(problem);
            }

            if (Unclear(wanted, toRoute, request.Reason, queue) is string unclear)
            {
                return BadRequest(unclear);
            }

            try
            {
                QueueOrderOutcome outcome = await queue.OrderAsync(
                    wanted, filter, ManagementApi.Actor(http), request.Reason, dryRun ?? false, toRoute == OfDomain ? null : toRoute);
                return TypedResults.Json(outcome, ApiJson.Default.QueueOrderOutcome);
            }
            catch (SpoolUnavailableException e)
            {
                return TypedResults.Json(new ApiProblem($"The spool cannot note it now: {e.Message}"), ApiJson.Default.ApiProblem, statusCode: 503);
            }
        });
    }

    /// <summary>What an order lacks that needs more than messages, or null.</summary>
    private static string? Unclear(QueueOrder order, string? toRoute, string reason, DeliveryQueue queue)
    {
        if (order == QueueOrder.Bounce && string.IsNullOrWhiteSpace(reason))
        {
            return "The sender is told why: an order to bounce needs a reason.";
        }

        if (order != QueueOrder.Move)
        {
            return toRoute is null ? null : "'toRoute' goes with the order move only.";
        }

        IReadOnlyList<string> names = [.. queue.RouteNames];
        return toRoute is null ? $"The order move needs 'toRoute': {Named(names)}."
            : toRoute == OfDomain || names.Contains(toRoute, StringComparer.OrdinalIgnoreCase) ? null
            : $"There is no route '{LogText.Escape(toRoute, 40)}'; routes are {Named(names)}.";

        static string Named(IReadOnlyList<string> names) => string.Join(", ", names.Take(20)) + (names.Count > 20 ? ", ..." : string.Empty) + $", and '{OfDomain}' for that of each recipient's domain";
    }

    private static void MapRoutes(RouteGroupBuilder api, DeliveryQueue queue)
    {
        api.MapGet("", () => TypedResults.Json(queue.Routes(), ApiJson.Default.IReadOnlyListRouteStatus));
        api.MapPost("/{name}/pause", IResult (string name, HttpContext http) => Pause(name, true, http));
        api.MapPost("/{name}/resume", IResult (string name, HttpContext http) => Pause(name, false, http));

        IResult Pause(string name, bool paused, HttpContext http)
        {
            try
            {
                return queue.Pause(name, paused, ManagementApi.Actor(http)) ? Count(1) : NotFound("route", name, "configuration");
            }
            catch (IOException e)
            {
                return TypedResults.Json(new ApiProblem($"It cannot be written down: {e.Message}"), ApiJson.Default.ApiProblem, statusCode: 503);
            }
        }
    }

    private static JsonHttpResult<OrderResult> Count(int count) => TypedResults.Json(new OrderResult(count), ApiJson.Default.OrderResult);

    private static IResult One(string id, Func<MessageId, int> order, string what) =>
        MessageId.TryParse(id, out MessageId key) && order(key) is > 0 and int count ? Count(count) : NotFound(what, id, "queue");

    private static JsonHttpResult<ApiProblem> NotFound(string what, string id, string where) => ManagementApi.NotFound(what, id, where);

    private static JsonHttpResult<ApiProblem> BadRequest(string message) => ManagementApi.BadRequest(message);

    private static int Rows(int? limit) => Math.Clamp(limit ?? 100, 1, MaxRows);
}
