namespace Gateway.Relay.Quarantine.Storage;

/// <summary>A copy that was kept before an upgrade.</summary>
/// <param name="Version">The schema's version in it.</param>
/// <param name="Path">The file.</param>
public sealed record UpgradeCopy(long Version, string Path);
