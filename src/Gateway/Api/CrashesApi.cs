using Gateway.Relay;
using Gateway.Relay.Telemetry;

namespace Gateway.Api;

/// <summary>Messages that are quarantined without inspection, because an earlier process died with them.</summary>
internal static class CrashesApi
{
    /// <summary>Adds the routes.</summary>
    public static void Map(RouteGroupBuilder api, MailRelay relay)
    {
        api.MapGet("", () => TypedResults.Json(relay.Suspects.All, AnswerJson.Context.IReadOnlyListCrashSuspect));
        api.MapPost("/clear", (HttpContext http) => ManagementApi.Count(relay.ForgetSuspects(null, OrderGiver.Of(http))));
        api.MapPost("/{digest}/clear", IResult (string digest, HttpContext http) =>
            relay.ForgetSuspects(digest, OrderGiver.Of(http)) is > 0 and int count
                ? ManagementApi.Count(count)
                : TypedResults.Json(
                    new ApiProblem($"No message with the digest '{LogText.Escape(digest, 40)}' is a suspect."), AnswerJson.Context.ApiProblem, statusCode: 404));
    }
}
