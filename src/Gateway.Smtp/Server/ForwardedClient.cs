namespace Gateway.Smtp.Server;

/// <summary>Where a message came from before it came to the host that sends it to us, as that host says (XFORWARD).</summary>
/// <remarks>
/// For the log and the trace only; nothing is decided by it. A null was not said or is not known. Every value is printable UTF-8 without
/// control characters, but a stranger may have chosen it. Threads: immutable.
/// Source: Postfix's XFORWARD_README.
/// </remarks>
/// <param name="Name">The client's host name.</param>
/// <param name="Address">Its address.</param>
/// <param name="Port">Its port.</param>
/// <param name="Protocol">SMTP or ESMTP.</param>
/// <param name="Hello">What it called itself.</param>
/// <param name="Identity">The message's id at the host that sends it.</param>
/// <param name="Source">LOCAL or REMOTE.</param>
public sealed record ForwardedClient(string? Name, string? Address, string? Port, string? Protocol, string? Hello, string? Identity, string? Source);
