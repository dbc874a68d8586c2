namespace Gateway.Mime.Catalogue;

/// <summary>Catalogue rows about header blocks: their lines, their fields and what these say.</summary>
internal static partial class HeaderRules
{
    public static Rule[] All => [.. Lines, .. Signatures, .. Values];
}
