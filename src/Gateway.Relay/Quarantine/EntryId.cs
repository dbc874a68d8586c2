namespace Gateway.Relay.Quarantine;

/// <summary>Which strings can be the id of an entry.</summary>
/// <remarks>Letters and digits only: an id is part of file names, URLs and log lines and needs no escaping in any of them.</remarks>
internal static class EntryId
{
    private const int MaxLength = 32;

    public static bool IsValid(string? id) => id is { Length: > 0 and <= MaxLength } && id.All(char.IsAsciiLetterOrDigit);
}
