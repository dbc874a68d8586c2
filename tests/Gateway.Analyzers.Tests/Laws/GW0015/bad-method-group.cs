using MimeKit;

internal static class Reading
{
    public static Func<string, ContentType> Types() => [|ContentType.Parse|];

    public static MimeMessage Load(Stream content, CancellationToken ct) => [|MimeMessage.Load(content, ct)|];
}
