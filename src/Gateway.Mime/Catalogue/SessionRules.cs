namespace Gateway.Mime.Catalogue;

/// <summary>Catalogue rows about what sessions with senders and next hops show.</summary>
internal static partial class SessionRules
{
    public static Rule[] All => [.. Commands, .. Conduct];
}
