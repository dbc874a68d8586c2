namespace Gateway.SmtpServerGuard.Wire;

/// <summary>What a client may send.</summary>
/// <param name="Line">Octets of a line with its CRLF.</param>
/// <param name="Content">Octets of a message.</param>
/// <param name="MayProxy">True when its first line may be PROXY.</param>
internal sealed record LineBounds(int Line, int Content, bool MayProxy);
