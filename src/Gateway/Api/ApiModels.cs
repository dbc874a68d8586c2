using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Gateway.Relay.Delivery;
using Gateway.Relay.Delivery.Lanes;
using Gateway.Relay.Message;
using Gateway.Relay.Quarantine;

namespace Gateway.Api;

/// <summary>How the gateway is, in one object.</summary>
public sealed record StatusReport
{
    /// <summary>The product's version.</summary>
    public required string Version { get; init; }

    /// <summary>Our name.</summary>
    public required string HostName { get; init; }

    /// <summary>The process id.</summary>
    public int Pid { get; init; }

    /// <summary>Seconds since the start.</summary>
    public double UptimeSeconds { get; init; }

    /// <summary>Where SMTP is listened to.</summary>
    public required IReadOnlyList<string> Listeners { get; init; }

    /// <summary>Who reads the commands at each of them, in their order: <c>kestrel</c> or <c>smtpserver</c>.</summary>
    public IReadOnlyList<string> Engines { get; init; } = [];

    /// <summary>True when mail is taken.</summary>
    public bool Ready { get; init; }

    /// <summary>Why not, or empty.</summary>
    public string Reason { get; init; } = string.Empty;

    /// <summary>What a person should look after although mail is taken, one sentence each; each begins with a word such as <c>HostDown:</c>.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];

    /// <summary>The generation of the configuration: 1 at the start, one more with each reload that succeeded.</summary>
    public int Generation { get; init; } = 1;

    /// <summary>Keys whose value in the configuration counts after a restart only.</summary>
    public IReadOnlyList<string> NeedRestart { get; init; } = [];

    /// <summary>Why the last reload changed nothing; empty when it was taken.</summary>
    public IReadOnlyList<string> Refused { get; init; } = [];

    /// <summary>Why certificates and users files cannot be used; what was there before stays in use.</summary>
    public IReadOnlyList<string> Unusable { get; init; } = [];

    /// <summary>SMTP sessions open now.</summary>
    public int Sessions { get; init; }

    /// <summary>Messages in line or under way.</summary>
    public int Active { get; init; }

    /// <summary>Messages waiting for their next try.</summary>
    public int Deferred { get; init; }

    /// <summary>Messages in the queue that are on hold, by a person or as a group.</summary>
    public int OnHold { get; init; }

    /// <summary>Seconds the oldest message in the queue has waited; 0 when the queue is empty.</summary>
    public double OldestSeconds { get; init; }

    /// <summary>Messages in the quarantine that wait for a review.</summary>
    public long Quarantined { get; init; }

    /// <summary>Octets that bodies in the quarantine take on disk.</summary>
    public long QuarantineBytes { get; init; }

    /// <summary>The part of the quarantine's nearest limit that is taken; malformed mail is put off at 1.</summary>
    public double QuarantineFill { get; init; }

    /// <summary>Blocks in force.</summary>
    public int Blocks { get; init; }

    /// <summary>Exceptions of the configuration that are in force.</summary>
    public int Exceptions { get; init; }

    /// <summary>Messages that any of them softened since the start.</summary>
    public long ExceptionUses { get; init; }
}

/// <summary>What a reviewer or administrator sends with an order.</summary>
/// <param name="Reason">Why; recorded. Empty when none was given.</param>
public sealed record OrderRequest(string Reason)
{
    /// <summary>An order without a reason.</summary>
    public static OrderRequest Empty { get; } = new(string.Empty);
}

/// <summary>What an order came to.</summary>
/// <param name="Count">Messages it was carried out for.</param>
/// <param name="ReleaseId">The id a released message travels under, or empty.</param>
public sealed record OrderResult(int Count, string ReleaseId = "");

/// <summary>Why a request was refused.</summary>
/// <param name="Message">One sentence for a person.</param>
public sealed record ApiProblem(string Message);

/// <summary>A quarantine entry with all that is known of it.</summary>
/// <param name="Entry">The entry with its findings.</param>
/// <param name="Decisions">What was decided, oldest first.</param>
public sealed record QuarantineDetail(QuarantineEntry Entry, IReadOnlyList<ReviewDecision> Decisions)
{
    /// <summary>The whole session that brought it, with the envelopes of others; null unless it was asked for.</summary>
    public IReadOnlyList<QuarantineSessionLine>? Session { get; init; }
}

/// <summary>Members of closed sets in JSON, as <see cref="Relay.Telemetry.MemberName"/> writes them.</summary>
public sealed class MemberNameConverter<T>() : JsonStringEnumConverter<T>(JsonNamingPolicy.KebabCaseLower)
    where T : struct, Enum;

/// <summary>Generated JSON of the management API.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    Converters = [typeof(CursorConverter), typeof(MemberNameConverter<RelayState>), typeof(MemberNameConverter<QuarantineState>), typeof(MemberNameConverter<QuarantineAction>)])]
[JsonSerializable(typeof(StatusReport))]
[JsonSerializable(typeof(ReloadReport))]
[JsonSerializable(typeof(OrderRequest))]
[JsonSerializable(typeof(OrderResult))]
[JsonSerializable(typeof(ApiProblem))]
[JsonSerializable(typeof(QuarantineDetail))]
[JsonSerializable(typeof(QuarantineStats))]
[JsonSerializable(typeof(QueueEntry))]
[JsonSerializable(typeof(IReadOnlyList<QueueEntry>))]
[JsonSerializable(typeof(IReadOnlyList<QueueGroup>))]
[JsonSerializable(typeof(QueueOrderOutcome))]
[JsonSerializable(typeof(IReadOnlyList<RouteStatus>))]
[JsonSerializable(typeof(IReadOnlyList<QuarantineSummary>))]
[JsonSerializable(typeof(IReadOnlyList<Relay.Inspection.CrashSuspect>))]
[JsonSerializable(typeof(IReadOnlyList<ExceptionRow>))]
[JsonSerializable(typeof(BlockRow))]
[JsonSerializable(typeof(IReadOnlyList<BlockRow>))]
[JsonSerializable(typeof(string))]
public sealed partial class ApiJson : JsonSerializerContext;

/// <summary>How the interface writes its answers: characters as they are, so that a sentence with an apostrophe can be read.</summary>
/// <remarks>Only for application/json, which no browser takes for HTML beside <c>nosniff</c>; the commands print with the escapes of <see cref="ApiJson.Default"/>.</remarks>
internal static class AnswerJson
{
    /// <summary>The generated JSON.</summary>
    public static ApiJson Context { get; } = new(new JsonSerializerOptions(ApiJson.Default.Options) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
}
