using System.CommandLine;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text.Json.Serialization.Metadata;
using Gateway.Api;

namespace Gateway.Commands;

/// <summary>Talks to a running gateway's management API on behalf of a command.</summary>
/// <remarks>
/// Finds it through the data directory: the token, and the address it really listens on, lie there. Only the user who runs the
/// gateway (and root) can read the token. Fails: <see cref="CommandFailedException"/> with what to do about it.
/// </remarks>
internal sealed class ManagementClient : IDisposable
{
    private readonly HttpClient _http;

    private ManagementClient(HttpClient http) => _http = http;

    /// <summary>Connects to the gateway that a command is about.</summary>
    public static ManagementClient Open(CommandContext context, ParseResult parsed)
    {
        string directory = context.DataDirectory(parsed);
        string token = Read(Path.Combine(directory, ManagementToken.FileName), directory);
        string endpoint = Read(Path.Combine(directory, ManagementEndPoint.FileName), directory);
        SocketsHttpHandler handler = new() { ConnectTimeout = TimeSpan.FromSeconds(5), UseProxy = false };
        Uri address = new("http://localhost/");
        if (ManagementEndPoint.IsUnixSocket(endpoint, out string socketPath))
        {
            handler.ConnectCallback = async (_, ct) =>
            {
                Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                await socket.ConnectAsync(new UnixDomainSocketEndPoint(socketPath), ct);
                return new NetworkStream(socket, ownsSocket: true);
            };
        }
        else
        {
            address = Uri.TryCreate($"http://{endpoint}/", UriKind.Absolute, out Uri? there) ? there : throw new CommandFailedException(
                ExitCode.Unavailable, $"{Path.Combine(directory, ManagementEndPoint.FileName)} names no address; start the gateway again, which writes it anew.");
        }

        HttpClient http = new(handler) { BaseAddress = address, Timeout = TimeSpan.FromMinutes(2) };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        http.DefaultRequestHeaders.Add(ManagementApi.ActorHeader, Person.Name(context.Environment));
        return new ManagementClient(http);
    }

    /// <summary>Reads one object.</summary>
    public Task<T> GetAsync<T>(string path, JsonTypeInfo<T> type, CancellationToken ct) =>
        SendAsync(new HttpRequestMessage(HttpMethod.Get, new Uri(path, UriKind.Relative)), type, ct);

    /// <summary>Reads the first of a list, and how many there are.</summary>
    public async Task<(IReadOnlyList<T> Rows, long Total)> GetListAsync<T>(string path, JsonTypeInfo<IReadOnlyList<T>> type, CancellationToken ct)
    {
        using HttpResponseMessage response = await RequestAsync(new HttpRequestMessage(HttpMethod.Get, new Uri(path, UriKind.Relative)), ct);
        IReadOnlyList<T> rows = await response.Content.ReadFromJsonAsync(type, ct) ?? [];
        string? said = response.Headers.TryGetValues(ManagementApi.TotalHeader, out IEnumerable<string>? values) ? values.FirstOrDefault() : null;
        return (rows, long.TryParse(said, NumberStyles.None, CultureInfo.InvariantCulture, out long total) ? total : rows.Count);
    }

    /// <summary>Asks for something to be done that needs no reason.</summary>
    public Task<T> PostAsync<T>(string path, JsonTypeInfo<T> type, CancellationToken ct) =>
        SendAsync(new HttpRequestMessage(HttpMethod.Post, new Uri(path, UriKind.Relative)), type, ct);

    /// <summary>Gives an order.</summary>
    public Task<OrderResult> OrderAsync(string path, string reason, CancellationToken ct) =>
        OrderAsync(path, reason, ApiJson.Default.OrderResult, ct);

    /// <summary>Gives an order that answers with more than a count.</summary>
    public Task<T> OrderAsync<T>(string path, string reason, JsonTypeInfo<T> type, CancellationToken ct)
    {
        HttpRequestMessage request = new(HttpMethod.Post, new Uri(path, UriKind.Relative))
        {
            Content = JsonContent.Create(new OrderRequest(reason), ApiJson.Default.OrderRequest),
        };
        return SendAsync(request, type, ct);
    }

    /// <summary>Sends something with its octets.</summary>
    public Task<T> SendAsync<T>(string path, HttpContent content, JsonTypeInfo<T> type, CancellationToken ct) =>
        SendAsync(new HttpRequestMessage(HttpMethod.Post, new Uri(path, UriKind.Relative)) { Content = content }, type, ct);

    /// <summary>Opens the octets of a quarantined message.</summary>
    public async Task<Stream> OpenAsync(string path, CancellationToken ct)
    {
        HttpResponseMessage response = await RequestAsync(new HttpRequestMessage(HttpMethod.Get, new Uri(path, UriKind.Relative)), ct);
        return await response.Content.ReadAsStreamAsync(ct);
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    private async Task<T> SendAsync<T>(HttpRequestMessage request, JsonTypeInfo<T> type, CancellationToken ct)
    {
        using HttpResponseMessage response = await RequestAsync(request, ct);
        return await response.Content.ReadFromJsonAsync(type, ct)
            ?? throw new CommandFailedException(ExitCode.Fault, "The gateway answered nothing.");
    }

    private async Task<HttpResponseMessage> RequestAsync(HttpRequestMessage request, CancellationToken ct)
    {
        HttpResponseMessage response;
        try
        {
            response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, ct);
        }
        catch (HttpRequestException e)
        {
            throw new CommandFailedException(ExitCode.Unavailable, $"The gateway does not answer at {_http.BaseAddress}: {e.Message}. Is it running?");
        }

        if (response.IsSuccessStatusCode)
        {
            return response;
        }

        using (response)
        {
            ApiProblem? problem = response.Content.Headers.ContentType?.MediaType == "application/json"
                ? await response.Content.ReadFromJsonAsync(ApiJson.Default.ApiProblem, ct)
                : null;
            int code = response.StatusCode switch
            {
                HttpStatusCode.BadRequest or HttpStatusCode.RequestUriTooLong or HttpStatusCode.RequestEntityTooLarge
                    or HttpStatusCode.RequestHeaderFieldsTooLarge => ExitCode.Usage,
                HttpStatusCode.NotFound or HttpStatusCode.Conflict => ExitCode.NotFound,
                HttpStatusCode.Unauthorized => ExitCode.NotPermitted,
                HttpStatusCode.ServiceUnavailable => ExitCode.Unavailable,
                _ => ExitCode.Fault,
            };
            throw new CommandFailedException(code, problem?.Message ?? $"The gateway answered {(int)response.StatusCode}.");
        }
    }

    private static string Read(string path, string directory)
    {
        try
        {
            using StreamReader reader = new(path);
            return reader.ReadToEnd().Trim();
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new CommandFailedException(
                ExitCode.Unavailable,
                $"No gateway runs with the data directory {directory}. Start one with 'gateway run', or name its configuration with --config.");
        }
        catch (UnauthorizedAccessException)
        {
            throw new CommandFailedException(ExitCode.NotPermitted, $"{path} can only be read by the user who runs the gateway: use sudo.");
        }
    }
}
