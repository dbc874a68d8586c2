using MimeKit;

internal static class Reading
{
    public static MimeParser Open(Stream content) => [|new MimeParser(content)|];
}
