using System.Globalization;
using Gateway.Relay;
using Gateway.Relay.Quarantine;
using Gateway.Relay.Telemetry;
using Gateway.Spool;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Gateway.Api;

/// <summary>HTTP for administrators and machines: health without a token, everything else with it.</summary>
/// <remarks>
/// <c>/healthz</c> the process lives; <c>/readyz</c> mail is taken, else 503 with the reason; <c>/metrics</c> Prometheus text;
/// <c>/api/...</c> queue, routes, quarantine and status as JSON, with <c>Authorization: Bearer</c> and the token of the data directory.
/// </remarks>
public static class ManagementApi
{
    private const int MaxRows = 10_000;

    /// <summary>The header in which the command line names the person behind an order.</summary>
    public const string ActorHeader = "X-Gateway-Actor";

    /// <summary>Adds the routes.</summary>
    /// <returns>The group of all routes that need the token.</returns>
    public static RouteGroupBuilder Map(WebApplication app, MailRelay relay, ManagementToken token, Func<Task<StatusReport>> status)
    {
        ArgumentNullException.ThrowIfNull(app);
        ArgumentNullException.ThrowIfNull(relay);
        app.MapGet("/healthz", () => TypedResults.Text("ok\n"));
        app.MapGet("/readyz", IResult () => relay.UnavailableReason is string reason
            ? TypedResults.Text($"not ready: {reason}\n", statusCode: StatusCodes.Status503ServiceUnavailable)
            : TypedResults.Text(relay.Warning is string warning ? $"ready\nwarning: {warning}\n" : "ready\n"));

        RouteGroupBuilder api = app.MapGroup("/api");
        api.AddEndpointFilter(async (context, next) => token.Admits(context.HttpContext.Request.Headers.Authorization)
            ? await next(context)
            : TypedResults.Json(new ApiProblem("The management token is missing or wrong."), ApiJson.Default.ApiProblem, statusCode: 401));
        api.MapGet("/status", async () => TypedResults.Json(await status(), ApiJson.Default.StatusReport));
        QueueApi.Map(api, relay.Delivery);
        QueueImportApi.Map(api.MapGroup("/queue"), relay.Import);
        RouteGroupBuilder quarantine = api.MapGroup("/quarantine");
        MapQuarantine(quarantine, relay.Quarantine);
        QuarantineStatsApi.Map(quarantine, relay.Quarantine);
        CrashesApi.Map(api.MapGroup("/crashes"), relay);
        return api;
    }

    private static void MapQuarantine(RouteGroupBuilder api, QuarantineWard ward)
    {
        IQuarantineStore store = ward.Store;
        api.MapGet("", async Task<IResult> (
            string? state, string? rule, string? sender, string? recipient, string? client, string? text, string? after, int? limit,
            CancellationToken ct) =>
        {
            // A filter that is not understood must not become a wider one.
            QuarantineState wanted = default;
            QuarantineCursor cursor = default;
            if (state is not null && !(Enum.TryParse(state, ignoreCase: true, out wanted) && Enum.IsDefined(wanted)))
            {
                return BadRequest($"'{LogText.Escape(state, 40)}' is no state; states are {string.Join(", ", Enum.GetNames<QuarantineState>()).ToLowerInvariant()}.");
            }

            if (after is not null && !QuarantineCursor.TryParse(after, out cursor))
            {
                return BadRequest($"'{LogText.Escape(after, 40)}' is no cursor; take it from the last line of the page before.");
            }

            QuarantineFilter filter = new()
            {
                State = state is null ? null : wanted,
                Rule = rule,
                Sender = sender,
                Recipient = recipient,
                Client = client,
                Text = text,
                After = after is null ? null : cursor,
                Limit = Math.Min(Rows(limit), QuarantineFilter.MaxLimit),
            };
            return TypedResults.Json(await store.ListAsync(filter, ct), ApiJson.Default.IReadOnlyListQuarantineSummary);
        });
        api.MapGet("/{id}", async Task<IResult> (string id, CancellationToken ct) =>
            await store.FindAsync(id, ct) is QuarantineEntry entry
                ? TypedResults.Json(new QuarantineDetail(entry, await store.HistoryAsync(id, ct)), ApiJson.Default.QuarantineDetail)
                : NotFound("entry", id, "quarantine"));
        api.MapGet("/{id}/message", async Task<IResult> (string id, CancellationToken ct) =>
            await store.OpenBodyAsync(id, ct) is Stream body
                ? TypedResults.Stream(body, "application/octet-stream", "message.eml")
                : NotFound("body", id, "quarantine"));
        api.MapPost("/{id}/release", async Task<IResult> (string id, OrderRequest order, HttpContext http, CancellationToken ct) =>
        {
            try
            {
                return await ward.ReleaseAsync(id, Actor(http), order.Reason, ct) is MessageId released
                    ? TypedResults.Json(new OrderResult(1, released.ToString()), ApiJson.Default.OrderResult)
                    : NotFound("held entry", id, "quarantine");
            }
            catch (ReleaseRefusedException e)
            {
                return TypedResults.Json(new ApiProblem(e.Message), ApiJson.Default.ApiProblem, statusCode: 409);
            }
            catch (SpoolUnavailableException e)
            {
                return TypedResults.Json(new ApiProblem($"The spool takes no mail now: {e.Message}"), ApiJson.Default.ApiProblem, statusCode: 503);
            }
        });
        api.MapPost("/{id}/discard", async Task<IResult> (string id, OrderRequest order, HttpContext http, CancellationToken ct) =>
            await ward.DiscardAsync(id, Actor(http), order.Reason, ct) ? Count(1) : NotFound("held entry", id, "quarantine"));
    }

    private static JsonHttpResult<OrderResult> Count(int count) => TypedResults.Json(new OrderResult(count), ApiJson.Default.OrderResult);

    internal static JsonHttpResult<ApiProblem> NotFound(string what, string id, string where) => TypedResults.Json(
        new ApiProblem(string.Create(CultureInfo.InvariantCulture, $"No {what} '{LogText.Escape(id, 40)}' in the {where}.")),
        ApiJson.Default.ApiProblem,
        statusCode: 404);

    internal static JsonHttpResult<ApiProblem> BadRequest(string message) =>
        TypedResults.Json(new ApiProblem(message), ApiJson.Default.ApiProblem, statusCode: 400);

    private static int Rows(int? limit) => Math.Clamp(limit ?? 100, 1, MaxRows);

    internal static string Actor(HttpContext http)
    {
        string? actor = http.Request.Headers[ActorHeader];
        return string.IsNullOrWhiteSpace(actor) ? "api" : LogText.Escape(actor, 100);
    }
}
