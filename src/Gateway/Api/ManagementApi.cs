using System.Globalization;
using Gateway.Api.Requests;
using Gateway.Relay;
using Gateway.Relay.Telemetry;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Gateway.Api;

/// <summary>HTTP for administrators and machines: health without a token, everything else with it.</summary>
/// <remarks>
/// <c>/healthz</c> the process lives; <c>/readyz</c> mail is taken, else 503 with the reason; <c>/metrics</c> Prometheus text;
/// <c>/api/...</c> queue, routes, quarantine and status as JSON, with <c>Authorization: Bearer</c> and the token of the data directory.
/// What stands in front of the routes is <see cref="Door.ManagementDoor"/>, then <see cref="RequestGate"/>: a route says with
/// <see cref="RequestShapeExtensions"/> what it reads of query and body, and gets nothing else.
/// </remarks>
internal static class ManagementApi
{
    /// <summary>The header in which the command line names the person behind an order.</summary>
    public const string ActorHeader = "X-Gateway-Actor";

    /// <summary>The header with the number of all that fit, where a list has only the first of them.</summary>
    public const string TotalHeader = "X-Total-Count";

    private static readonly string[] ReadOnly = [HttpMethods.Get, HttpMethods.Head];

    /// <summary>Adds the routes.</summary>
    /// <returns>The group of all routes that need the token.</returns>
    public static RouteGroupBuilder Map(WebApplication app, MailRelay relay, Func<Task<StatusReport>> status, Func<IReadOnlyList<string>> warnings)
    {
        ArgumentNullException.ThrowIfNull(app);
        ArgumentNullException.ThrowIfNull(relay);
        app.MapMethods("/healthz", ReadOnly, () => TypedResults.Text("ok\n")).WithMetadata(new OpenPage());
        app.MapMethods("/readyz", ReadOnly, IResult () => relay.UnavailableReason is string reason
            ? TypedResults.Text($"not ready: {reason}\n", statusCode: StatusCodes.Status503ServiceUnavailable)
            : TypedResults.Text("ready\n" + string.Concat(warnings().Select(static w => $"warning: {w}\n")))).WithMetadata(new OpenPage());
        app.MapPrometheusScrapingEndpoint("/metrics").WithMetadata(new OpenPage());

        RouteGroupBuilder api = app.MapGroup("/api");
        api.MapGet("/status", async () => TypedResults.Json(await status(), AnswerJson.Context.StatusReport));
        QueueApi.Map(api, relay.Delivery);
        QueueImportApi.Map(api.MapGroup("/queue"), relay.Import);
        RouteGroupBuilder quarantine = api.MapGroup("/quarantine");
        QuarantineApi.Map(quarantine, relay.Quarantine);
        QuarantineStatsApi.Map(quarantine, relay.Quarantine);
        CrashesApi.Map(api.MapGroup("/crashes"), relay);
        return api;
    }

    /// <summary>The answer to an order that was carried out for so many.</summary>
    public static JsonHttpResult<OrderResult> Count(int count) => TypedResults.Json(new OrderResult(count), AnswerJson.Context.OrderResult);

    /// <summary>The answer to an id or a name that is not there.</summary>
    public static JsonHttpResult<ApiProblem> NotFound(string what, string id, string where) => TypedResults.Json(
        new ApiProblem(string.Create(CultureInfo.InvariantCulture, $"No {what} '{LogText.Escape(id, 40)}' in the {where}.")),
        AnswerJson.Context.ApiProblem,
        statusCode: 404);

    /// <summary>Says how many fit in all.</summary>
    public static void SayTotal(this HttpContext http, long total) => http.Response.Headers[TotalHeader] = total.ToString(CultureInfo.InvariantCulture);
}
