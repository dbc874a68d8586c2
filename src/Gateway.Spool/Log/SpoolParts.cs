using Gateway.Spool.Storage;

namespace Gateway.Spool.Log;

/// <summary>The parts of one open spool that know each other.</summary>
internal sealed record SpoolParts(
    SpoolOptions Options,
    TimeProvider Time,
    ISpoolObserver? Observer,
    Disk Disk,
    SpoolPaths Paths,
    SpoolIndex Index,
    CommitQueue Queue,
    SegmentSupply Supply,
    HealthLatch Health,
    PendingPool Pool)
{
    public Housekeeper Housekeeper { get; set; } = null!;
}

/// <summary>Where things lie in the spool's directory.</summary>
internal sealed class SpoolPaths(string root)
{
    public const string BodyExtension = ".body";
    public const string HintExtension = ".hint";

    public string Root { get; } = root;

    /// <summary>The segments.</summary>
    public string Log { get; } = Path.Combine(root, "log");

    /// <summary>Bodies that have their own file.</summary>
    public string Large { get; } = Path.Combine(root, "large");

    /// <summary>What closed segments hold, without the bodies.</summary>
    public string Hints { get; } = Path.Combine(root, "hints");

    /// <summary>Copies of what recovery could not read, for a person to look at.</summary>
    public string Damaged { get; } = Path.Combine(root, "damaged");

    public string Body(ulong name) => Path.Combine(Large, name.ToString("x16", System.Globalization.CultureInfo.InvariantCulture) + BodyExtension);

    public string Hint(Format.SegmentName segment) => Path.Combine(Hints, Path.ChangeExtension(segment.ToString(), HintExtension));

    public static bool TryParseBody(string fileName, out ulong name)
    {
        name = 0;
        return fileName.Length == 16 + BodyExtension.Length && fileName.EndsWith(BodyExtension, StringComparison.Ordinal)
            && ulong.TryParse(fileName.AsSpan(0, 16), System.Globalization.NumberStyles.AllowHexSpecifier, System.Globalization.CultureInfo.InvariantCulture, out name);
    }
}
