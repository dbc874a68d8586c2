namespace Gateway.Mime.Catalogue;

/// <summary>Catalogue rows about multiparts, delimiters and the MIME fields that declare them.</summary>
internal static partial class StructureRules
{
    public static Rule[] All => [.. Grammar, .. Kinds, .. Delimiters];
}
