using Gateway.Relay.Message;
using Gateway.Relay.Quarantine;
using Gateway.Relay.Telemetry;

namespace Gateway.Api.Requests;

/// <summary>Stands between routing and the routes: what a route does not read is refused, and every refusal is a sentence.</summary>
/// <remarks>
/// Promises: no order is wider than what was written, because nothing that was written is passed over: a query name, a member of the body or a
/// body that the route does not know is 400 before the route is asked.
/// Fails: storage that cannot answer is 503. Threads: any.
/// </remarks>
internal static class RequestGate
{
    /// <summary>Checks a request against the <see cref="RequestShape"/> of its route and carries it out.</summary>
    public static async Task InvokeAsync(HttpContext http, RequestDelegate next)
    {
        try
        {
            await AdmitAsync(http);
            await next(http);
            if (http.Response is { StatusCode: StatusCodes.Status405MethodNotAllowed, HasStarted: false })
            {
                throw WrongMethod(http);
            }
        }
        catch (RequestRefusedException e) when (!http.Response.HasStarted)
        {
            await e.WriteAsync(http.Response);
        }
        catch (BadHttpRequestException e) when (!http.Response.HasStarted)
        {
            // A body that is cut short, too slow or larger than it said.
            await new RequestRefusedException(e.StatusCode, e.Message).WriteAsync(http.Response);
        }
        catch (Exception e) when (e is QuarantineUnavailableException or QueueUnavailableException && !http.Response.HasStarted)
        {
            await new RequestRefusedException(StatusCodes.Status503ServiceUnavailable, $"The storage cannot answer now: {e.Message}").WriteAsync(http.Response);
        }
    }

    private static async Task AdmitAsync(HttpContext http)
    {
        Endpoint endpoint = http.GetEndpoint()
            ?? throw new RequestRefusedException(StatusCodes.Status404NotFound, $"There is no '{LogText.Escape(http.Request.Path.Value, 100)}'.");
        if (endpoint is not RouteEndpoint)
        {
            // The answer to a wrong method.
            return;
        }

        if (endpoint.Metadata.GetMetadata<OpenPage>() is not null)
        {
            // It reads nothing of a query and answers the same to whatever is asked.
            if (!HttpMethods.IsGet(http.Request.Method) && !HttpMethods.IsHead(http.Request.Method))
            {
                http.Response.Headers.Allow = "GET, HEAD";
                throw WrongMethod(http);
            }

            return;
        }

        RequestShape shape = endpoint.Metadata.GetMetadata<RequestShape>() ?? RequestShape.Nothing;
        shape.Check(http.Request.Query);
        if (shape.Body != RequestBody.Stream)
        {
            http.Features.Set(await OrderBody.ReadAsync(http, shape.Body));
        }
    }

    private static RequestRefusedException WrongMethod(HttpContext http) => new(
        StatusCodes.Status405MethodNotAllowed, $"This address takes {http.Response.Headers.Allow}, not {LogText.Escape(http.Request.Method, 40)}.");
}

/// <summary>Marks a route that is answered without the token and reads nothing of a request.</summary>
internal sealed class OpenPage;
