using MimeKit;

internal static class FromField
{
    public static bool IsList(byte[] value) => [|InternetAddressList.TryParse(value, out _)|];

    public static MailboxAddress One(string text) => [|MailboxAddress.Parse(text)|];
}
