using System.Text.Json;
using System.Text.Json.Serialization;
using Gateway.Relay.Telemetry;
using Gateway.Relay.Queue;
using Microsoft.Extensions.Logging;

namespace Gateway.Relay.Clock;

/// <summary>Where the steady clock stood, as the next process finds it.</summary>
internal sealed record ClockState
{
    /// <summary>How long the gateway had run.</summary>
    public TimeSpan Ran { get; init; }

    /// <summary>What the wall clock said; null before the first run.</summary>
    public DateTimeOffset? Wall { get; init; }

    /// <summary>The last message id that was given out.</summary>
    public ulong LastId { get; init; }

    /// <summary>The stops, oldest first.</summary>
    public IReadOnlyList<ClockStop> Stops { get; init; } = [];
}

/// <summary>Keeps the steady clock over restarts in a small file.</summary>
/// <remarks>Threads: one at a time.</remarks>
internal sealed class ClockFile(string directory, ILogger log)
{
    /// <summary>The name of the file in the data directory.</summary>
    public const string FileName = "clock.json";

    private readonly string _path = Path.Combine(directory, FileName);
    private bool _isBroken;

    /// <summary>Reads it; one that cannot be understood counts as none and is kept aside.</summary>
    [Excused("GW0005", "a damaged file is only put aside, and what it replaces was damaged too")]
    public ClockState Read()
    {
        if (!File.Exists(_path))
        {
            return new ClockState();
        }

        try
        {
            ClockState read = JsonSerializer.Deserialize(File.ReadAllBytes(_path), ClockJson.Default.ClockState) ?? throw new JsonException("null");
            return read is { Stops: not null } && read.Ran >= TimeSpan.Zero && read.Stops.All(s => s is not null && s.Length >= TimeSpan.Zero && s.At <= read.Ran)
                ? read
                : throw new JsonException("a value is out of its range");
        }
        catch (JsonException e)
        {
            GatewayLog.ClockFileFault(log, e);
            File.Move(_path, _path + ".damaged", overwrite: true);
            return new ClockState();
        }
    }

    /// <summary>Replaces it; says once when that is not possible.</summary>
    public void Write(ClockState state)
    {
        try
        {
            DataVolume.Replace(_path, JsonSerializer.SerializeToUtf8Bytes(state, ClockJson.Default.ClockState));
            _isBroken = false;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            if (!_isBroken)
            {
                GatewayLog.ClockFileFault(log, e);
            }

            _isBroken = true;
        }
    }
}

/// <summary>Generated JSON of the steady clock.</summary>
[JsonSourceGenerationOptions(WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(ClockState))]
internal sealed partial class ClockJson : JsonSerializerContext;
