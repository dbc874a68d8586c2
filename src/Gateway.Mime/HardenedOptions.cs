using MimeKit;

namespace Gateway.Mime;

/// <summary>The only parser options this product reads mail with.</summary>
/// <remarks>
/// Promises: with these, and with header blocks bounded by <see cref="InspectionLimits"/>, every MimeKit path used here is linear.
/// The defaults are not: an address list of 32 KiB costs seconds (measured), nesting recurses 1024 levels deep.
/// Threads: the instance is shared and never changed after start.
/// </remarks>
public static class HardenedOptions
{
    /// <summary>Nesting beyond which MimeReader treats a composite as a leaf; the rule on depth holds a message long before.</summary>
    public const int MaxMimeDepth = 32;

    /// <summary>The options to pass to every MimeKit constructor and every static <c>TryParse</c>.</summary>
    public static ParserOptions Parser { get; } = new()
    {
        Rfc2047ComplianceMode = RfcComplianceMode.Strict,
        AddressParserComplianceMode = RfcComplianceMode.Strict,
        ParameterComplianceMode = RfcComplianceMode.Strict,
        AllowUnquotedCommasInAddresses = false,
        AllowAddressesWithoutDomain = false,
        MaxAddressGroupDepth = 1,
        MaxMimeDepth = MaxMimeDepth,
        RespectContentLength = false,
    };

    /// <summary>The same bounds with a lenient grammar: the second reading of a field that the strict one refuses.</summary>
    /// <remarks>Only for single fields of bounded size; encoded words stay strict, because their lenient reading is quadratic.</remarks>
    internal static ParserOptions Lenient { get; } = new()
    {
        Rfc2047ComplianceMode = RfcComplianceMode.Strict,
        AddressParserComplianceMode = RfcComplianceMode.Loose,
        ParameterComplianceMode = RfcComplianceMode.Loose,
        AllowUnquotedCommasInAddresses = false,
        AllowAddressesWithoutDomain = true,
        MaxAddressGroupDepth = 1,
        MaxMimeDepth = MaxMimeDepth,
        RespectContentLength = false,
    };
}
