using Gateway.Api.Requests;
using Gateway.Configuration;
using Gateway.Relay;
using Gateway.Relay.Quarantine;
using Gateway.Relay.Telemetry;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Gateway.Api;

/// <summary>HTTP for the review of held mail.</summary>
internal static class QuarantineApi
{
    private const int UsualRows = 100;

    /// <summary>The states of held mail.</summary>
    public static ClosedSet<QuarantineState> States { get; } = new("state");

    private static readonly string[] Filters = ["state", "rule", "sender", "recipient", "client", "text", "since", "until", "after", "limit"];

    /// <summary>Adds the routes under <c>/api/quarantine</c>.</summary>
    public static void Map(RouteGroupBuilder api, QuarantineWard ward)
    {
        IQuarantineStore store = ward.Store;
        api.MapGet("", async (HttpContext http, CancellationToken ct) =>
            TypedResults.Json(await store.ListAsync(Filter(http.Request.Query), ct), AnswerJson.Context.IReadOnlyListQuarantineSummary)).TakesQuery(Filters);
        api.MapGet("/{id}", async Task<IResult> (string id, CancellationToken ct) =>
            await store.FindAsync(id, ct) is QuarantineEntry entry
                ? TypedResults.Json(new QuarantineDetail(entry, await store.HistoryAsync(id, ct)), AnswerJson.Context.QuarantineDetail)
                : NotFound("entry", id));
        api.MapGet("/{id}/message", async Task<IResult> (string id, CancellationToken ct) =>
            await store.OpenBodyAsync(id, ct) is Stream body
                ? TypedResults.Stream(body, "application/octet-stream", "message.eml")
                : NotFound("body", id));
        api.MapPost("/{id}/release", async Task<IResult> (string id, HttpContext http, CancellationToken ct) =>
        {
            try
            {
                return await ward.ReleaseAsync(id, ManagementApi.Actor(http), http.RequiredReason(), ct) is MessageId released
                    ? TypedResults.Json(new OrderResult(1, released.ToString()), AnswerJson.Context.OrderResult)
                    : NotFound("entry that is held, or was refused after its release,", id);
            }
            catch (ReleaseRefusedException e)
            {
                return TypedResults.Json(new ApiProblem(e.Message), AnswerJson.Context.ApiProblem, statusCode: 409);
            }
        }).TakesOrder();
        api.MapPost("/{id}/discard", async Task<IResult> (string id, HttpContext http, CancellationToken ct) =>
            await ward.DiscardAsync(id, ManagementApi.Actor(http), http.RequiredReason(), ct) ? ManagementApi.Count(1) : NotFound("held entry", id)).TakesOrder();
    }

    private static QuarantineFilter Filter(IQueryCollection query) => new()
    {
        State = query.Member("state", States),
        Rule = query.Text("rule"),
        Sender = query.Text("sender") is string sender ? Address(sender) : null,
        Recipient = query.Text("recipient"),
        Client = query.Text("client"),
        Text = query.Text("text"),
        Since = query.Time("since"),
        Until = query.Time("until"),
        After = query.Text("after") is not string after ? null
            : QuarantineCursor.TryParse(after, out QuarantineCursor cursor) ? cursor
            : throw new RequestRefusedException($"'{LogText.Escape(after, 40)}' is no cursor; take it from the last line of the page before."),
        Limit = query.Rows(UsualRows, QuarantineFilter.MaxLimit),
    };

    // As lists show it and as the queue's filter takes it.
    private static string Address(string sender) => sender == QuarantineFilter.NullSender ? string.Empty : sender;

    private static JsonHttpResult<ApiProblem> NotFound(string what, string id) => ManagementApi.NotFound(what, id, "quarantine");
}
