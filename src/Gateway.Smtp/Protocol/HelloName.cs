using System.Buffers;

namespace Gateway.Smtp.Protocol;

/// <summary>What a client may call itself.</summary>
internal static class HelloName
{
    private static readonly SearchValues<byte> Forbidden = SearchValues.Create("<>()\""u8);

    /// <summary>A name without spaces; real clients send underscores, bare words and unbracketed addresses, and all are harmless.</summary>
    public static bool IsSound(ReadOnlySpan<byte> name) => !name.Contains((byte)' ') && IsSoundLenient(name);

    /// <summary>The same with spaces, as machines send that were given the name of their owner.</summary>
    public static bool IsSoundLenient(ReadOnlySpan<byte> name) =>
        !name.IsEmpty && name.Length <= MailPath.MaxDomainLength && !name.ContainsAny(Forbidden) && MailPath.IsCleanUtf8(name);
}
