using System.Text.Json;
using Gateway.Api.Requests;
using Gateway.Relay.Delivery;
using Gateway.Relay.Message;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Net.Http.Headers;

namespace Gateway.Api;

/// <summary>HTTP for taking over exported mail: <c>POST /api/queue/import</c>.</summary>
/// <remarks>
/// The body is <c>multipart/form-data</c> with two parts: <c>entry</c>, the JSON that the export wrote, and behind it <c>message</c>, the
/// octets. They are read as they come; a message may be as large as the disk allows.
/// </remarks>
internal static class QueueImportApi
{
    /// <summary>Octets of the JSON at the most: ten thousand long addresses.</summary>
    private const int MaxEntry = 16 * 1024 * 1024;

    /// <summary>Adds the route.</summary>
    public static void Map(RouteGroupBuilder api, QueueImport import) => api.MapPost("/import", async Task<IResult> (HttpContext http) =>
    {
        bool dryRun = http.Request.Query.Switch("dryRun");
        string reason = http.Request.Query.Text("reason") ?? string.Empty;
        if (http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
        {
            size.MaxRequestBodySize = null;
        }

        try
        {
            MultipartReader parts = new(Boundary(http.Request), http.Request.Body);
            QueueEntry entry = await ReadEntryAsync(parts, http.RequestAborted);
            MultipartSection message = await NextAsync(parts, "message", http.RequestAborted);
            MessageId? id = await import.TakeAsync(entry, message.Body, OrderGiver.Of(http), reason, dryRun, http.RequestAborted);
            return TypedResults.Json(new OrderResult(1, id?.ToString() ?? string.Empty), AnswerJson.Context.OrderResult);
        }
        catch (ImportRefusedException e)
        {
            throw new RequestRefusedException($"The message cannot be imported: {e.Message}.");
        }
    }).TakesStream("dryRun", "reason");

    private static string Boundary(HttpRequest request) => MediaTypeHeaderValue.TryParse(request.ContentType, out MediaTypeHeaderValue? type)
        && type.MediaType.Equals("multipart/form-data", StringComparison.OrdinalIgnoreCase) && HeaderUtilities.RemoveQuotes(type.Boundary) is { Length: > 0 } boundary
        ? boundary.ToString()
        : throw new ImportRefusedException("the request is no multipart/form-data with the parts entry and message");

    private static async Task<QueueEntry> ReadEntryAsync(MultipartReader parts, CancellationToken ct)
    {
        MultipartSection section = await NextAsync(parts, "entry", ct);
        using MemoryStream json = new();
        byte[] block = new byte[16 * 1024];
        int read;
        while ((read = await section.Body.ReadAsync(block, ct)) > 0)
        {
            if (json.Length + read > MaxEntry)
            {
                throw new ImportRefusedException("its JSON is too large");
            }

            await json.WriteAsync(block.AsMemory(0, read), ct);
        }

        try
        {
            return JsonSerializer.Deserialize(json.GetBuffer().AsSpan(0, (int)json.Length), AnswerJson.Context.QueueEntry)
                ?? throw new ImportRefusedException("its JSON is null");
        }
        catch (JsonException e)
        {
            throw new ImportRefusedException($"its JSON cannot be read: {e.Message.TrimEnd('.')}");
        }
    }

    private static async Task<MultipartSection> NextAsync(MultipartReader parts, string name, CancellationToken ct)
    {
        MultipartSection? section;
        try
        {
            section = await parts.ReadNextSectionAsync(ct);
        }
        catch (Exception e) when (e is IOException or InvalidDataException)
        {
            throw new ImportRefusedException($"the part {name} cannot be read: {e.Message.TrimEnd('.')}");
        }

        return section?.AsFormDataSection()?.Name == name || section?.AsFileSection()?.Name == name
            ? section!
            : throw new ImportRefusedException($"the part {name} is missing");
    }
}
