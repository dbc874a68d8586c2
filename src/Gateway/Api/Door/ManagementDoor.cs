using Gateway.Api.Requests;

namespace Gateway.Api.Door;

/// <summary>What stands in front of all routes: who may come in, how many at once, for how long.</summary>
/// <remarks>
/// Promises: only the three open pages are answered without the token; for everything else, also for paths and methods that do not exist, it is
/// asked for before anything behind the head is read, and the connection of a denied call is closed, so that its body is not read either.
/// Threads: any. Cost: one timer a request.
/// </remarks>
/// <param name="token">The token.</param>
/// <param name="names">Names that the open pages answer to.</param>
/// <param name="denied">Counts and logs.</param>
/// <param name="limits">Bounds.</param>
/// <param name="time">The clock of the bound in time.</param>
internal sealed class ManagementDoor(ManagementToken token, HostNames names, DeniedCalls denied, ManagementLimits limits, TimeProvider time)
{
    private static readonly string[] OpenPages = ["/healthz", "/readyz", "/metrics"];

    private int _requests;

    /// <summary>Lets a request in, or answers it here.</summary>
    public async Task InvokeAsync(HttpContext http, RequestDelegate next)
    {
        http.Response.Headers.XContentTypeOptions = "nosniff";
        if (Refusal(http) is RequestRefusedException refusal)
        {
            http.Response.Headers.Connection = "close";
            await refusal.WriteAsync(http.Response);
            return;
        }

        if (Interlocked.Increment(ref _requests) > limits.Requests)
        {
            Interlocked.Decrement(ref _requests);
            http.Response.Headers.RetryAfter = "1";
            await new RequestRefusedException(StatusCodes.Status503ServiceUnavailable, "Too many requests at once; ask again in a second.").WriteAsync(http.Response);
            return;
        }

        await using ITimer patience = time.CreateTimer(static state => ((HttpContext)state!).Abort(), http, limits.RequestTime, Timeout.InfiniteTimeSpan);
        try
        {
            await next(http);
        }
        finally
        {
            Interlocked.Decrement(ref _requests);
        }
    }

    private RequestRefusedException? Refusal(HttpContext http)
    {
        if (token.Admits(http.Request.Headers.Authorization))
        {
            http.Features.Get<ConnectionPlace>()?.Trust();
            return null;
        }

        if (!OpenPages.Contains(http.Request.Path.Value, StringComparer.OrdinalIgnoreCase))
        {
            Deny(http, "token");
            http.Response.Headers.WWWAuthenticate = "Bearer";
            return new RequestRefusedException(StatusCodes.Status401Unauthorized, "The management token is missing or wrong.");
        }

        // A Unix socket has no address, and no browser reaches it.
        if (http.Connection.RemoteIpAddress is not null && !names.Contains(http.Request.Host))
        {
            Deny(http, "host");
            return new RequestRefusedException(
                StatusCodes.Status421MisdirectedRequest, "This is not the host of that name; names besides our own stand in Gateway:Management:HostNames.");
        }

        return null;
    }

    private void Deny(HttpContext http, string reason) =>
        denied.Note(http.Connection.RemoteIpAddress, reason, $"{http.Request.Method} {http.Request.Path.Value}");
}

/// <summary>Bounds of the management interface.</summary>
internal sealed record ManagementLimits
{
    /// <summary>Connections at the same time.</summary>
    public int Connections { get; init; } = 64;

    /// <summary>Requests carried out at the same time.</summary>
    public int Requests { get; init; } = 32;

    /// <summary>How long one request may take, its answer with it; then its connection is cut off.</summary>
    public TimeSpan RequestTime { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>How long the head of a request may take.</summary>
    public static TimeSpan HeadTime { get; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a connection may be idle between two requests.</summary>
    public static TimeSpan IdleTime { get; } = TimeSpan.FromMinutes(1);

    /// <summary>Octets of the fields of a request's head.</summary>
    public const int HeadBytes = 16 * 1024;
}
