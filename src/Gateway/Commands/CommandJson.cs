using System.Text.Json.Serialization;
using Gateway.Checking;

namespace Gateway.Commands;

/// <summary>Generated JSON of what commands print themselves.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(RuleRow))]
[JsonSerializable(typeof(CheckLine))]
[JsonSerializable(typeof(MessageChange))]
[JsonSerializable(typeof(Relay.Intake.CrashSuspect))]
internal sealed partial class CommandJson : JsonSerializerContext;
