using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Gateway.Relay.Queue;

namespace Gateway.Relay.Inspection;

/// <summary>A message that may have killed the process.</summary>
/// <param name="Digest">The XXH128 of its octets, 32 hexadecimal digits.</param>
/// <param name="Size">Its octets.</param>
/// <param name="Crashed">When its inspection began that never ended, the last time.</param>
/// <param name="Crashes">How often that happened.</param>
/// <param name="Quarantined">How often it came again since the start and was quarantined without inspection.</param>
public sealed record CrashSuspect(string Digest, long Size, DateTimeOffset Crashed, int Crashes, int Quarantined = 0);

/// <summary>The messages that may have killed the process, kept in a small file until they are forgotten.</summary>
/// <remarks>
/// Forgotten <see cref="CrashRing.Memory"/> after the last crash, or by an administrator. The file is JSON and may be edited or
/// deleted while the gateway is down. Threads: any. Cost: one field read for a message while there is no suspect.
/// </remarks>
public sealed class CrashList
{
    /// <summary>The name of the file in the data directory.</summary>
    public const string FileName = "suspects.json";

    private const int Most = 4096;

    private readonly Lock _gate = new();
    private readonly string _path;
    private readonly TimeProvider _time;
    private volatile Dictionary<UInt128, CrashSuspect>? _suspects;

    private CrashList(string path, TimeProvider time)
    {
        _path = path;
        _time = time;
    }

    /// <summary>How many there are.</summary>
    public int Count => _suspects?.Count ?? 0;

    /// <summary>All, the latest crash first.</summary>
    public IReadOnlyList<CrashSuspect> All => _suspects is { } now ? [.. now.Values.OrderByDescending(s => s.Crashed)] : [];

    /// <summary>Reads the list of a data directory; a file that cannot be understood counts as empty and is kept aside.</summary>
    [Excused("GW0005", "a damaged list is only put aside, and what it replaces was damaged too")]
    public static CrashList Read(string directory, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(time);
        CrashList list = new(Path.Combine(directory, FileName), time);
        if (File.Exists(list._path))
        {
            try
            {
                CrashSuspect[] read;
                using (FileStream file = new(list._path, FileMode.Open, FileAccess.Read))
                {
                    read = JsonSerializer.Deserialize(file, SuspectJson.Default.CrashSuspectArray) ?? [];
                }

                list.Replace(read.Where(s => s?.Digest is not null && TryParse(s.Digest, out _)).ToDictionary(s => Parse(s.Digest), s => s with { Quarantined = 0 }));
            }
            catch (Exception e) when (e is JsonException or ArgumentException)
            {
                File.Move(list._path, list._path + ".damaged", overwrite: true);
            }
        }

        return list;
    }

    /// <summary>True when these octets are not to be read; counts the encounter.</summary>
    public bool Meets(UInt128 digest)
    {
        if (_suspects is not { } now || !now.TryGetValue(digest, out CrashSuspect? suspect) || _time.GetUtcNow() - suspect.Crashed > CrashRing.Memory)
        {
            return false;
        }

        lock (_gate)
        {
            if (_suspects is { } latest && latest.TryGetValue(digest, out suspect))
            {
                _suspects = new Dictionary<UInt128, CrashSuspect>(latest) { [digest] = suspect with { Quarantined = suspect.Quarantined + 1 } };
            }
        }

        return true;
    }

    /// <summary>Forgets one suspect, or all.</summary>
    /// <param name="digest">The digest, or null for all.</param>
    /// <returns>How many were forgotten.</returns>
    public int Forget(string? digest)
    {
        lock (_gate)
        {
            Dictionary<UInt128, CrashSuspect> left = digest is null ? [] : new(_suspects ?? []);
            int gone = digest is null ? Count : TryParse(digest, out UInt128 key) && left.Remove(key) ? 1 : 0;
            if (gone > 0)
            {
                Write(left);
            }

            return gone;
        }
    }

    /// <summary>Adds what was under inspection when the process died.</summary>
    internal void Add(IReadOnlyList<(UInt128 Digest, long Size, DateTimeOffset Begun)> marked)
    {
        lock (_gate)
        {
            Dictionary<UInt128, CrashSuspect> all = new(_suspects ?? []);
            foreach ((UInt128 digest, long size, DateTimeOffset begun) in marked)
            {
                int before = all.TryGetValue(digest, out CrashSuspect? known) ? known.Crashes : 0;
                all[digest] = new CrashSuspect(digest.ToString("x32", CultureInfo.InvariantCulture), size, begun, before + 1);
            }

            Write(all);
        }
    }

    private static UInt128 Parse(string digest) => UInt128.Parse(digest, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);

    private static bool TryParse(string digest, out UInt128 value) =>
        UInt128.TryParse(digest, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value);

    private void Write(Dictionary<UInt128, CrashSuspect> suspects)
    {
        Replace(suspects);
        DataVolume.Replace(_path, JsonSerializer.SerializeToUtf8Bytes([.. All], SuspectJson.Default.CrashSuspectArray));
    }

    private void Replace(Dictionary<UInt128, CrashSuspect> suspects)
    {
        Dictionary<UInt128, CrashSuspect> kept = suspects
            .Where(s => _time.GetUtcNow() - s.Value.Crashed <= CrashRing.Memory)
            .OrderByDescending(s => s.Value.Crashed).Take(Most)
            .ToDictionary();
        // Null, so that the look-up of a gateway that never crashed is one comparison.
        _suspects = kept.Count == 0 ? null : kept;
    }
}

/// <summary>Generated JSON of the list of suspects.</summary>
[JsonSourceGenerationOptions(WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(CrashSuspect[]))]
internal sealed partial class SuspectJson : JsonSerializerContext;
