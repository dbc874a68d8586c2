using MimeKit;

internal static class FromField
{
    private static readonly ParserOptions Hardened = new() { MaxAddressGroupDepth = 4 };

    public static bool IsList(byte[] value) => InternetAddressList.TryParse(Hardened, value, out _);
}
