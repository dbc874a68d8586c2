using MimeKit;

internal static class Codec
{
    public static MimePart Part() => new("text", "plain") { ContentTransferEncoding = ContentEncoding.Base64 };

    public static string Name(MimePart part) => part.FileName ?? string.Empty;
}
