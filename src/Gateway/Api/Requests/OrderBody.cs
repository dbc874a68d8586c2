using System.Buffers;
using System.Text;
using System.Text.Json;
using Gateway.Configuration;
using Gateway.Relay.Telemetry;
using Microsoft.AspNetCore.Http.Features;

namespace Gateway.Api.Requests;

/// <summary>Reads the body of an order: one JSON object with nothing in it that is not known.</summary>
/// <remarks>Promises: at most <see cref="MostBytes"/> are read. Fails: <see cref="RequestRefusedException"/> for everything else.</remarks>
internal static class OrderBody
{
    /// <summary>Octets of the largest body: a reason is a line, not a document.</summary>
    public const int MostBytes = 64 * 1024;

    /// <summary>Octets of UTF-8 of the longest reason: as long as the record of a decision keeps.</summary>
    public const int LongestReason = 2048;

    private const string Reason = "reason";

    private static readonly string[] Members = [Reason];

    /// <summary>Reads the body of a request.</summary>
    public static async Task<OrderRequest> ReadAsync(HttpContext http, RequestBody kind)
    {
        if (http.Request.ContentLength > MostBytes)
        {
            throw TooLarge(http);
        }

        if (http.Features.Get<IHttpRequestBodyDetectionFeature>() is { CanHaveBody: false })
        {
            return OrderRequest.Empty;
        }

        byte[] buffer = ArrayPool<byte>.Shared.Rent(MostBytes + 1);
        try
        {
            int length = await http.Request.Body.ReadAtLeastAsync(buffer.AsMemory(0, MostBytes + 1), MostBytes + 1, throwOnEndOfStream: false, http.RequestAborted);
            if (length > MostBytes)
            {
                throw TooLarge(http);
            }

            return length == 0 ? OrderRequest.Empty
                : kind == RequestBody.Order ? Parse(buffer.AsMemory(0, length))
                : throw new RequestRefusedException("This address takes no body.");
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>Reads an order from its octets.</summary>
    public static OrderRequest Parse(ReadOnlyMemory<byte> body)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(body, new JsonDocumentOptions { MaxDepth = 8 });
            if (document.RootElement.ValueKind != JsonValueKind.Object)
            {
                throw new RequestRefusedException("The body is no JSON object such as {\"reason\":\"why\"}.");
            }

            return Read(document.RootElement);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // Not JSON, or a text that is no Unicode.
            throw new RequestRefusedException($"The body is no JSON object such as {{\"reason\":\"why\"}}: {LogText.Escape(e.Message, 200)}");
        }
    }

    private static OrderRequest Read(JsonElement order)
    {
        string? reason = null;
        foreach (JsonProperty member in order.EnumerateObject())
        {
            if (member.Name != Reason)
            {
                throw new RequestRefusedException(
                    $"There is no member '{LogText.Escape(member.Name, 40)}' in the body, only '{Reason}'; filters stand in the address (?name=value).{KeySuggestion.Sentence(member.Name, Members)}");
            }

            if (reason is not null)
            {
                throw new RequestRefusedException($"'{Reason}' stands there twice.");
            }

            reason = member.Value.ValueKind == JsonValueKind.String ? member.Value.GetString()! : throw new RequestRefusedException($"'{Reason}' is no text.");
        }

        return Encoding.UTF8.GetByteCount(reason ?? string.Empty) <= LongestReason
            ? new OrderRequest(reason ?? string.Empty)
            : throw new RequestRefusedException($"'{Reason}' is longer than {LongestReason} octets.");
    }

    private static RequestRefusedException TooLarge(HttpContext http)
    {
        // What is left of it is not read.
        http.Response.Headers.Connection = "close";
        return new RequestRefusedException(StatusCodes.Status413PayloadTooLarge, $"The body is larger than {MostBytes} octets.");
    }
}
