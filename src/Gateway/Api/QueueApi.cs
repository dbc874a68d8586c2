using Gateway.Api.Requests;
using Gateway.Mime;
using Gateway.Relay.Delivery;
using Gateway.Relay.Delivery.Routes;
using Gateway.Relay.Message;
using Gateway.Relay.Telemetry;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Gateway.Api;

/// <summary>HTTP for the queue and the routes.</summary>
internal static class QueueApi
{
    /// <summary>Instead of a route: the one of each recipient's domain.</summary>
    internal const string OfDomain = "domain";

    private const int UsualRows = 100;
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
        api.MapGet("", (HttpContext http) =>
        {
            IReadOnlyList<QueueEntry> entries = queue.List(QueueQuery.Read(http.Request.Query, queue), http.Request.Query.Rows(UsualRows, MaxRows), out int total);
            http.SayTotal(total);
            return TypedResults.Json(entries, AnswerJson.Context.IReadOnlyListQueueEntry);
        }).TakesQuery([.. QueueQuery.Names, "limit"]);
        api.MapGet("/summary", (HttpContext http) => TypedResults.Json(
            queue.Summary(QueueQuery.Read(http.Request.Query, queue)), AnswerJson.Context.IReadOnlyListQueueGroup)).TakesQuery(QueueQuery.Names);
        api.MapGet("/{id}", IResult (string id) =>
            MessageId.TryParse(id, out MessageId key) && queue.Find(key) is QueueEntry entry
                ? TypedResults.Json(entry, AnswerJson.Context.QueueEntry)
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
        api.MapPost("/retry", (HttpContext http) => ManagementApi.Count(queue.Retry(null, OrderGiver.Of(http)))).TakesOrder();
        api.MapPost("/{id}/retry", IResult (string id, HttpContext http) => One(id, key => queue.Retry(key, OrderGiver.Of(http)), "deferred message"))
            .TakesOrder();
        api.MapPost("/{id}/remove", async Task<IResult> (string id, HttpContext http) =>
        {
            string reason = http.RequiredReason();
            return MessageId.TryParse(id, out MessageId key)
                ? TypedResults.Json(
                    await queue.OrderAsync(QueueOrder.Remove, new QueueFilter { Id = key }, OrderGiver.Of(http), reason, dryRun: false),
                    AnswerJson.Context.QueueOrderOutcome)
                : NotFound("message", id, "queue");
        }).TakesOrder();
        api.MapPost("/orders/{order}", async (string order, HttpContext http) =>
        {
            IQueryCollection query = http.Request.Query;
            QueueOrder wanted = QueueQuery.Orders.TryParse(order, out QueueOrder known) ? known : throw new RequestRefusedException(QueueQuery.Orders.Refusal(order));
            QueueFilter filter = QueueQuery.ReadForOrder(query, queue);
            bool dryRun = query.Switch("dryRun");
            bool now = query.Switch("now");
            if (now && wanted != QueueOrder.Remove)
            {
                throw new RequestRefusedException("'now' goes with remove only.");
            }

            string? toRoute = RouteOf(query.Text("toRoute"), wanted, queue);
            string reason = wanted is QueueOrder.Remove or QueueOrder.Bounce && !dryRun ? http.RequiredReason() : http.Order().Reason;
            QueueOrderOutcome outcome = await queue.OrderAsync(wanted, filter, OrderGiver.Of(http), reason, dryRun, toRoute, now);
            return TypedResults.Json(outcome, AnswerJson.Context.QueueOrderOutcome);
        }).TakesOrder([.. QueueQuery.Names, "all", "dryRun", "now", "toRoute"]);
    }

    /// <summary>The route of an order to move; null for that of each recipient's domain, and for other orders.</summary>
    private static string? RouteOf(string? toRoute, QueueOrder order, DeliveryQueue queue)
    {
        if (order != QueueOrder.Move)
        {
            return toRoute is null ? null : throw new RequestRefusedException("'toRoute' goes with the order move only.");
        }

        IReadOnlyList<string> names = [.. queue.RouteNames];
        return toRoute is null ? throw new RequestRefusedException($"The order move needs 'toRoute': {Named(names)}.")
            : toRoute == OfDomain ? null
            : names.Contains(RouteTable.NameOf(toRoute), StringComparer.OrdinalIgnoreCase) ? RouteTable.NameOf(toRoute)
            : throw new RequestRefusedException($"There is no route '{LogText.Escape(toRoute, 40)}'; routes are {Named(names)}.");

        static string Named(IReadOnlyList<string> names) => string.Join(", ", names.Take(20)) + (names.Count > 20 ? ", ..." : string.Empty) + $", and '{OfDomain}' for that of each recipient's domain";
    }

    private static void MapRoutes(RouteGroupBuilder api, DeliveryQueue queue)
    {
        api.MapGet("", () => TypedResults.Json(queue.Routes(), AnswerJson.Context.IReadOnlyListRouteStatus));
        api.MapPost("/{name}/pause", IResult (string name, HttpContext http) => Pause(name, true, http)).TakesOrder();
        api.MapPost("/{name}/resume", IResult (string name, HttpContext http) => Pause(name, false, http)).TakesOrder();

        IResult Pause(string name, bool paused, HttpContext http)
        {
            try
            {
                return queue.Pause(RouteTable.NameOf(name), paused, OrderGiver.Of(http), http.Order().Reason) ? ManagementApi.Count(1) : NotFound("route", name, "configuration");
            }
            catch (IOException e)
            {
                return TypedResults.Json(new ApiProblem($"It cannot be written down: {e.Message}"), AnswerJson.Context.ApiProblem, statusCode: 503);
            }
        }
    }

    private static IResult One(string id, Func<MessageId, int> order, string what) =>
        MessageId.TryParse(id, out MessageId key) && order(key) is > 0 and int count ? ManagementApi.Count(count) : NotFound(what, id, "queue");

    private static JsonHttpResult<ApiProblem> NotFound(string what, string id, string where) => ManagementApi.NotFound(what, id, where);
}
