using Gateway.Relay.Quarantine;
using Gateway.Relay.Quarantine.Review;
using Gateway.Relay.Quarantine.Room;

namespace Gateway.Api;

/// <summary>What the quarantine holds, how near its limits it is, and when mail leaves it.</summary>
public sealed record QuarantineStats
{
    /// <summary>Messages quarantined or being released.</summary>
    public required long Messages { get; init; }

    /// <summary>How many there may be; 0 for no limit.</summary>
    public required long MessagesLimit { get; init; }

    /// <summary>Octets of their bodies as received.</summary>
    public required long Bytes { get; init; }

    /// <summary>Octets that the database has in use: compressed, identical bodies once, with index and records.</summary>
    public required long StoredBytes { get; init; }

    /// <summary>How many it may use; 0 for no limit.</summary>
    public required long StoredBytesLimit { get; init; }

    /// <summary>The part of the nearer of both limits that is taken.</summary>
    public required double Fill { get; init; }

    /// <summary>Messages one client network may have; 0 for no limit.</summary>
    public required long ClientMessagesLimit { get; init; }

    /// <summary>Octets as received one client network may have; 0 for no limit.</summary>
    public required long ClientBytesLimit { get; init; }

    /// <summary>Malformed messages answered 451 for want of room since the start.</summary>
    public required long Deferred { get; init; }

    /// <summary>Messages discarded by age since the start.</summary>
    public required long Expired { get; init; }

    /// <summary>Released and discarded messages of which the record is still there.</summary>
    public required long Records { get; init; }

    /// <summary>What is quarantined by rule, most first.</summary>
    public required IReadOnlyList<QuarantineRuleTotals> Reasons { get; init; }

    /// <summary>The networks with the most octets, largest first.</summary>
    public required IReadOnlyList<ClientShare> Clients { get; init; }
}

/// <summary>What one rule holds.</summary>
/// <param name="Rule">The rule that decided.</param>
/// <param name="Messages">Quarantined now.</param>
/// <param name="Bytes">Octets of their bodies as received.</param>
/// <param name="Oldest">When the oldest was received.</param>
/// <param name="KeepSeconds">How long mail of this rule is quarantined.</param>
/// <param name="KeepWhenFullSeconds">How long even when room is needed.</param>
public sealed record QuarantineRuleTotals(string Rule, long Messages, long Bytes, DateTimeOffset? Oldest, double KeepSeconds, double KeepWhenFullSeconds);

/// <summary><c>GET /api/quarantine/stats</c>.</summary>
internal static class QuarantineStatsApi
{
    private const int Networks = 20;

    /// <summary>Adds the route.</summary>
    public static void Map(RouteGroupBuilder api, QuarantineWard ward) =>
        api.MapGet("/stats", async (CancellationToken ct) => TypedResults.Json(await ReadAsync(ward, ct), AnswerJson.Context.QuarantineStats));

    private static async Task<QuarantineStats> ReadAsync(QuarantineWard ward, CancellationToken ct)
    {
        IReadOnlyList<RuleCount> counts = await ward.Store.CountByRuleAsync(ct);
        IReadOnlyDictionary<string, QuarantinedSince> oldest = await ward.Store.OldestByRuleAsync(ct);
        QuarantineLimits limits = ward.Room.Limits;
        QuarantineUsage usage = ward.Store.Usage;
        QuarantineShare all = usage.All;
        return new QuarantineStats
        {
            Messages = all.Messages,
            MessagesLimit = limits.Messages,
            Bytes = all.Bytes,
            StoredBytes = usage.StoredBytes,
            StoredBytesLimit = limits.Bytes,
            Fill = ward.Room.Fill,
            ClientMessagesLimit = limits.ClientMessages,
            ClientBytesLimit = limits.ClientBytes,
            Deferred = ward.Room.Deferred,
            Expired = ward.Keeper.Expired,
            Records = counts.Where(c => c.State is QuarantineState.Released or QuarantineState.Discarded).Sum(c => c.Count),
            Reasons = [.. counts.Where(c => c.State == QuarantineState.Quarantined).Select(c => new QuarantineRuleTotals(
                c.Rule, c.Count, c.Bytes, oldest.TryGetValue(c.Rule, out QuarantinedSince held) ? held.ReceivedAt : null,
                limits.Of(c.Rule).Keep.TotalSeconds, limits.Of(c.Rule).WhenFull.TotalSeconds))],
            Clients = usage.Largest(Networks),
        };
    }
}
