using System.Text.Json.Serialization;
using Gateway.Checking;

namespace Gateway.Commands;

/// <summary>Generated JSON of what commands print themselves.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true)]
[JsonSerializable(typeof(RuleRow))]
[JsonSerializable(typeof(CheckLine))]
[JsonSerializable(typeof(MessageChange))]
[JsonSerializable(typeof(Relay.Inspection.CrashSuspect))]
[JsonSerializable(typeof(SpoolDamageLine))]
[JsonSerializable(typeof(SpoolSummaryLine))]
[JsonSerializable(typeof(SpoolSkippedLine))]
[JsonSerializable(typeof(SpoolRecoverLine))]
[JsonSerializable(typeof(Spool.SpoolSegment))]
[JsonSerializable(typeof(Drill.DrillReport))]
internal sealed partial class CommandJson : JsonSerializerContext;
