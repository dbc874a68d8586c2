using Gateway.Api.Requests;
using Gateway.Configuration;
using Gateway.Relay.Delivery;
using Gateway.Relay.Message;
using Gateway.Relay.Quarantine;
using Gateway.Relay.Quarantine.Review;
using Gateway.Relay.Telemetry;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Gateway.Api;

/// <summary>HTTP for the review of quarantined mail.</summary>
internal static class QuarantineApi
{
    private const int UsualRows = 100;

    /// <summary>The states of quarantined mail.</summary>
    public static ClosedSet<QuarantineState> States { get; } = new("state") { Former = ("held", QuarantineState.Quarantined) };

    private static readonly string[] Filters = ["state", "rule", "sender", "recipient", "client", "text", "since", "until", "after", "limit"];

    /// <summary>Adds the routes under <c>/api/quarantine</c>.</summary>
    public static void Map(RouteGroupBuilder api, QuarantineWard ward)
    {
        IQuarantineStore store = ward.Store;
        api.MapGet("", async (HttpContext http, CancellationToken ct) =>
        {
            QuarantineFilter filter = Filter(http.Request.Query);
            IReadOnlyList<QuarantineSummary> rows = await store.ListAsync(filter, ct);
            if (filter.After is null)
            {
                http.SayTotal(rows.Count < filter.Limit ? rows.Count : await TotalAsync(store, filter, ct));
            }

            return TypedResults.Json(rows, AnswerJson.Context.IReadOnlyListQuarantineSummary);
        }).TakesQuery(Filters);
        api.MapGet("/{id}", async Task<IResult> (string id, HttpContext http, CancellationToken ct) =>
        {
            bool wantsSession = http.Request.Query.Switch("session");
            return await store.FindAsync(id, ct) is QuarantineEntry entry
                ? TypedResults.Json(
                    new QuarantineDetail(entry, await store.HistoryAsync(id, ct)) { Session = wantsSession ? await store.SessionAsync(id, ct) : null },
                    AnswerJson.Context.QuarantineDetail)
                : NotFound("entry", id);
        }).TakesQuery("session");
        api.MapGet("/{id}/message", async Task<IResult> (string id, CancellationToken ct) =>
            await store.OpenBodyAsync(id, ct) is Stream body
                ? TypedResults.Stream(body, "application/octet-stream", "message.eml")
                : NotFound("body", id));
        api.MapPost("/{id}/release", async Task<IResult> (string id, HttpContext http, CancellationToken ct) =>
        {
            try
            {
                return await ward.ReleaseAsync(id, OrderGiver.Of(http), http.RequiredReason(), ct) is MessageId released
                    ? TypedResults.Json(new OrderResult(1, released.ToString()), AnswerJson.Context.OrderResult)
                    : NotFound("entry that is quarantined, or was refused after its release,", id);
            }
            catch (ReleaseRefusedException e)
            {
                return TypedResults.Json(new ApiProblem(e.Message), AnswerJson.Context.ApiProblem, statusCode: 409);
            }
        }).TakesOrder();
        api.MapPost("/{id}/discard", async Task<IResult> (string id, HttpContext http, CancellationToken ct) =>
            await ward.DiscardAsync(id, OrderGiver.Of(http), http.RequiredReason(), ct) ? ManagementApi.Count(1) : NotFound("quarantined entry", id)).TakesOrder();
    }

    private static QuarantineFilter Filter(IQueryCollection query) => new()
    {
        State = query.Member("state", States),
        Rule = query.Text("rule") is string rule ? Known(rule) : null,
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

    /// <summary>How many fit a filter; of a state alone the store knows it without a query.</summary>
    private static async Task<long> TotalAsync(IQuarantineStore store, QuarantineFilter filter, CancellationToken ct) =>
        filter == new QuarantineFilter { State = filter.State, Limit = filter.Limit }
            ? (await store.CountByRuleAsync(ct)).Where(c => filter.State is null || c.State == filter.State).Sum(static c => c.Count)
            : (await store.GroupAsync(QuarantineGrouping.Rule, filter with { Limit = QuarantineFilter.MaxLimit }, ct)).Sum(static g => g.Count);

    /// <summary>A rule of the catalogue, or what removed mail is quarantined under.</summary>
    private static string Known(string rule)
    {
        string[] names = [.. Mime.RuleCatalogue.All.Select(static r => r.Name), Removal.Rule];
        return names.Contains(rule, StringComparer.OrdinalIgnoreCase) ? rule : throw new RequestRefusedException(
            $"There is no rule '{LogText.Escape(rule, 40)}'.{KeySuggestion.Sentence(rule, names)}");
    }

    // As lists show it and as the queue's filter takes it.
    private static string Address(string sender) => sender == QuarantineFilter.NullSender ? string.Empty : sender;

    private static JsonHttpResult<ApiProblem> NotFound(string what, string id) => ManagementApi.NotFound(what, id, "quarantine");
}
