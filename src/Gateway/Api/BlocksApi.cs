using Gateway.Api.Requests;
using Gateway.Configuration;
using Gateway.Relay.Blocks;
using Gateway.Relay.Telemetry;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Gateway.Api;

/// <summary>A block with what it stopped, as listings show it.</summary>
/// <param name="Id">What it is called.</param>
/// <param name="Kind">By what it knows the mail: client, sender, recipient, fingerprint or header.</param>
/// <param name="Value">That.</param>
/// <param name="Action">What becomes of the mail: reject, defer or quarantine.</param>
/// <param name="Reason">Why.</param>
/// <param name="Author">Who ordered it.</param>
/// <param name="Created">When.</param>
/// <param name="Expires">When it ends; null for never.</param>
/// <param name="Hits">What it stopped since the start of the process.</param>
/// <param name="LastHit">The last of them.</param>
public sealed record BlockRow(
    string Id, string Kind, string Value, string Action, string Reason, string Author, DateTimeOffset Created, DateTimeOffset? Expires, long Hits, DateTimeOffset? LastHit)
{
    /// <summary>Makes one of a block.</summary>
    internal static BlockRow Of(BlockUse use) => new(
        use.Block.Id, ClosedSet<BlockKind>.NameOf(use.Block.Kind), use.Block.Value, ClosedSet<BlockAction>.NameOf(use.Block.Action), use.Block.Reason, use.Block.Author, use.Block.Created, use.Block.Expires,
        use.Hits, use.Last);
}

/// <summary>HTTP for blocks: <c>GET /api/blocks</c>, <c>POST /api/blocks?client=...&amp;action=reject&amp;expires=2h</c>, <c>POST /api/blocks/{id}/remove</c>.</summary>
internal static class BlocksApi
{
    /// <summary>What ends a block that nobody wants to end.</summary>
    public const string Never = "never";

    /// <summary>The kinds by their names in the query.</summary>
    internal static readonly ClosedSet<BlockKind> Kinds = new("kind of block");

    /// <summary>What a block can do.</summary>
    internal static readonly ClosedSet<BlockAction> Actions = new("action");

    private static readonly TimeSpan s_longest = TimeSpan.FromDays(3660);

    /// <summary>Adds the routes under <c>/api/blocks</c>.</summary>
    public static void Map(RouteGroupBuilder api, BlockList blocks)
    {
        api.MapGet("", () => TypedResults.Json<IReadOnlyList<BlockRow>>([.. blocks.List().Select(BlockRow.Of)], ApiJson.Default.IReadOnlyListBlockRow));
        api.MapPost("", IResult (HttpContext http) => Written(() => Add(blocks, http))).TakesOrder([.. Kinds.Names, "action", "expires"]);
        api.MapPost("/{id}/remove", IResult (string id, HttpContext http) => Written(() =>
        {
            string reason = http.RequiredReason();
            return blocks.Remove(id, OrderGiver.Of(http), reason) ? ManagementApi.Count(1) : ManagementApi.NotFound("block", id, "list of blocks");
        })).TakesOrder();
    }

    private static JsonHttpResult<BlockRow> Add(BlockList blocks, HttpContext http)
    {
        IQueryCollection query = http.Request.Query;
        string reason = http.RequiredReason();
        string[] kinds = [.. Kinds.Names.Where(query.ContainsKey)];
        if (kinds is not [string name] || !Kinds.TryParse(name, out BlockKind kind))
        {
            throw new RequestRefusedException($"A block needs one of {string.Join(", ", Kinds.Names)} in the address (?client=192.0.2.0/24), and no second.");
        }

        BlockAction action = query.Member("action", Actions) ?? throw new RequestRefusedException($"A block needs an action: {string.Join(", ", Actions.Names)}.");
        (Block? block, string problem) = blocks.Add(kind, query.Text(name)!, action, Lasting(query.Text("expires")), reason, OrderGiver.Of(http));
        return block is null
            ? throw new RequestRefusedException(problem)
            : TypedResults.Json(BlockRow.Of(new BlockUse(block, 0, null)), ApiJson.Default.BlockRow);
    }

    private static TimeSpan? Lasting(string? text) => text is Never ? null
        : text is not null && Duration.TryParse(text, null, out Duration given) && given.Time > TimeSpan.Zero && given.Time <= s_longest ? given.Time
        : throw new RequestRefusedException($"A block needs an end: 'expires' is a duration such as 2h or 3d, or '{Never}'{(text is null ? string.Empty : $", not '{LogText.Escape(text, 40)}'")}.");

    private static IResult Written(Func<IResult> order)
    {
        try
        {
            return order();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return TypedResults.Json(new ApiProblem($"It cannot be written down: {e.Message}"), ApiJson.Default.ApiProblem, statusCode: StatusCodes.Status503ServiceUnavailable);
        }
    }
}
