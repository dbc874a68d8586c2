using System.Globalization;
using Gateway.Configuration;
using Gateway.Relay.Message;
using Gateway.Relay.Telemetry;

namespace Gateway.Api.Requests;

/// <summary>Single values of a request that <see cref="RequestGate"/> has let through.</summary>
/// <remarks>Fails: every member throws <see cref="RequestRefusedException"/> for a value that it does not understand.</remarks>
internal static class RequestReading
{
    private static readonly string[] TimeForms = ["yyyy-MM-dd", "yyyy-MM-dd'T'HH:mmK", "yyyy-MM-dd'T'HH:mm:ssK"];

    /// <summary>The order in the body.</summary>
    public static OrderRequest Order(this HttpContext http) => http.Features.Get<OrderRequest>() ?? OrderRequest.Empty;

    /// <summary>The reason in the body, for what removes, discards or releases.</summary>
    public static string RequiredReason(this HttpContext http)
    {
        string reason = http.Order().Reason;
        return string.IsNullOrWhiteSpace(reason)
            ? throw new RequestRefusedException("A reason is needed: {\"reason\":\"why\"} in the body. It is recorded with your name.")
            : reason;
    }

    /// <summary>A value of the query as it is; null when it is not given.</summary>
    public static string? Text(this IQueryCollection query, string name) => query.TryGetValue(name, out var values) ? values.ToString() : null;

    /// <summary>A yes or no of the query; false when it is not given.</summary>
    public static bool Switch(this IQueryCollection query, string name) => query.Text(name) switch
    {
        null or "false" => false,
        "true" => true,
        string text => throw new RequestRefusedException($"'{name}' is true or false, not '{LogText.Escape(text, 40)}'."),
    };

    /// <summary>How many rows are wanted.</summary>
    public static int Rows(this IQueryCollection query, int usual, int most)
    {
        string? text = query.Text("limit");
        return text is null ? usual
            : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int rows) && rows >= 1 && rows <= most ? rows
            : throw new RequestRefusedException(string.Create(CultureInfo.InvariantCulture, $"'limit' is a number from 1 to {most}, not '{LogText.Escape(text, 40)}'."));
    }

    /// <summary>A moment of the query: a date, which means its beginning, or a time; UTC where no zone stands with it.</summary>
    public static DateTimeOffset? Time(this IQueryCollection query, string name)
    {
        string? text = query.Text(name);
        return text is null ? null
            : DateTimeOffset.TryParseExact(text, TimeForms, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out DateTimeOffset at) ? at
            : throw new RequestRefusedException($"'{name}' is a date such as 2027-03-31 or a time such as 2027-03-31T12:00:00Z, not '{LogText.Escape(text, 40)}'.");
    }

    /// <summary>A member of a closed set; null when it is not given.</summary>
    public static T? Member<T>(this IQueryCollection query, string name, ClosedSet<T> set)
        where T : struct, Enum =>
        query.Text(name) is not string text ? null : set.TryParse(text, out T member) ? member : throw new RequestRefusedException(set.Refusal(text));

    /// <summary>A message's id; null when it is not given.</summary>
    public static MessageId? Id(this IQueryCollection query, string name) =>
        query.Text(name) is not string text ? null
        : MessageId.TryParse(text, out MessageId id) ? id
        : throw new RequestRefusedException($"'{LogText.Escape(text, 40)}' is no queue id.");
}
