using System.Globalization;
using Gateway.Relay.Message;
using Gateway.Spool;

namespace Gateway.Commands;

/// <summary>One damaged place of a spool.</summary>
/// <param name="Kind">What is damaged, in lower case.</param>
/// <param name="Segment">The file.</param>
/// <param name="Offset">Where it begins in the file.</param>
/// <param name="Length">Bytes there.</param>
/// <param name="Records">Records it cost; 0 when that cannot be told.</param>
/// <param name="Id">The message, when it is known.</param>
/// <param name="Lost">What that means, in a sentence.</param>
internal sealed record SpoolDamageLine(string Kind, string Segment, long Offset, long Length, long Records, string? Id, string Lost)
{
    /// <summary>Tells what a damage means for mail.</summary>
    public static SpoolDamageLine Of(SpoolDamage damage)
    {
        string? id = damage.Id is { } known ? new MessageId(known.Value).ToString() : null;
        string some = damage.Records == 0 ? "some records" : string.Create(CultureInfo.InvariantCulture, $"{damage.Records} record{(damage.Records == 1 ? "" : "s")}");
        string lost = damage.Kind switch
        {
            DamageKind.Unreadable => $"{some}: messages, states of deliveries or completions; a completion that is lost brings a message back",
            DamageKind.Header when id is null => "the state of a delivery: recipients served since the one before it get the message again",
            DamageKind.Header => $"message {id}: its envelope cannot be read",
            DamageKind.Body => $"message {id}: its envelope can be read, its body cannot",
            DamageKind.BodyFile => $"message {id}: its envelope can be read, the file of its body is damaged or missing",
            DamageKind.DuplicateId => $"message {id}: the earlier of two with this id",
            _ => "unknown",
        };
        return new SpoolDamageLine(damage.Kind.ToString().ToLowerInvariant(), damage.Segment, damage.Offset, damage.Length, damage.Records, id, lost);
    }
}

/// <summary>What a spool holds.</summary>
/// <param name="Kind">Always <c>summary</c>: tells this line from those before it.</param>
/// <param name="Directory">Where it is.</param>
/// <param name="Messages">Live messages.</param>
/// <param name="Octets">Their bodies together.</param>
/// <param name="Deferred">Those of them for which an attempt was noted.</param>
/// <param name="Oldest">When the oldest was received; null without messages.</param>
/// <param name="Newest">When the newest was received.</param>
/// <param name="Segments">Segment files.</param>
/// <param name="Records">Records in them, of any kind.</param>
/// <param name="Completed">Messages found that were completed.</param>
/// <param name="FileBytes">Bytes of the segment files.</param>
/// <param name="LiveBytes">Bytes in them that live messages need.</param>
/// <param name="BodyFiles">Bodies with a file of their own.</param>
/// <param name="BodyFileBytes">Their length together.</param>
/// <param name="OrphanFiles">Those of them that no live message names; a start removes them.</param>
/// <param name="Spares">Segment files kept to be written again.</param>
/// <param name="Torn">Records of a last batch, never acknowledged, that a crash left half written.</param>
/// <param name="Damaged">Damaged places.</param>
/// <param name="Seconds">How long reading the log took.</param>
internal sealed record SpoolSummaryLine(
    string Kind, string Directory, int Messages, long Octets, int Deferred, DateTimeOffset? Oldest, DateTimeOffset? Newest, int Segments, long Records,
    long Completed, long FileBytes, long LiveBytes, int BodyFiles, long BodyFileBytes, int OrphanFiles, int Spares, int Torn, int Damaged, double Seconds)
{
    /// <summary>Sums a spool up.</summary>
    public static SpoolSummaryLine Of(SpoolArchive spool, int damaged)
    {
        ulong[] ids = [.. spool.Entries.Select(e => e.Id.Value)];
        return new SpoolSummaryLine(
            "summary", spool.Directory, ids.Length, spool.Entries.Sum(e => e.BodyLength), spool.Entries.Count(e => !e.State.IsEmpty),
            ids.Length == 0 ? null : new MessageId(ids.Min()).Time, ids.Length == 0 ? null : new MessageId(ids.Max()).Time,
            spool.Recovery.Segments, spool.Recovery.Records, spool.Recovery.Completed, spool.Segments.Sum(s => s.FileBytes), spool.Segments.Sum(s => s.LiveBytes),
            spool.BodyFiles.Count, spool.BodyFiles.Sum(f => f.Length), spool.Recovery.OrphanFiles, spool.Spares.Count, spool.Recovery.Torn, damaged,
            spool.Recovery.Elapsed.TotalSeconds);
    }

    /// <summary>The sum in a line for people.</summary>
    public string Text() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Messages} messages, {Format.Size(Octets)}; {Records} records in {Segments} segments, {BodyFiles} body files; {Torn} records torn before they were acknowledged");
}

/// <summary>A message that could not be recovered.</summary>
/// <param name="Id">The message.</param>
/// <param name="Problem">Why.</param>
internal sealed record SpoolSkippedLine(string Id, string Problem);

/// <summary>What a recovery came to.</summary>
/// <param name="Kind">Always <c>summary</c>.</param>
/// <param name="Source">Where from.</param>
/// <param name="Output">Where to.</param>
/// <param name="Recovered">Messages that are there whole.</param>
/// <param name="Skipped">Messages that are not.</param>
/// <param name="Damaged">Damaged places in the source's log.</param>
internal sealed record SpoolRecoverLine(string Kind, string Source, string Output, int Recovered, int Skipped, int Damaged);
