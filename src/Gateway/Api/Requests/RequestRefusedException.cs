namespace Gateway.Api.Requests;

/// <summary>A request that is not carried out, and what to say about it.</summary>
/// <param name="statusCode">The status of the answer.</param>
/// <param name="message">One sentence for a person; what the caller chose is escaped in it.</param>
internal sealed class RequestRefusedException(int statusCode, string message) : Exception(message)
{
    /// <summary>A request that is not understood: 400.</summary>
    public RequestRefusedException(string message)
        : this(StatusCodes.Status400BadRequest, message)
    {
    }

    /// <summary>Writes it as the answer.</summary>
    public async Task WriteAsync(HttpResponse response)
    {
        response.StatusCode = statusCode;
        await response.WriteAsJsonAsync(new ApiProblem(Message), AnswerJson.Context.ApiProblem);
    }
}
