namespace Gateway.Configuration;

/// <summary>Hard bounds of sessions and messages.</summary>
internal sealed class LimitsOptions
{
    [Setting("The largest message taken, as said in SIZE; a larger one gets 552 5.3.4. RFC 5321 asks for 64KB at least.", Minimum = "1KB", Maximum = "1GB")]
    public ByteSize MessageBytes { get; init; } = ByteSize.FromMegabytes(50);

    [Setting("Recipients of one message; further ones get 452 4.5.3 and the client sends them in another message. RFC 5321 asks for 100 at least.",
        Minimum = "1", Maximum = "50000")]
    public int Recipients { get; init; } = 1000;

    [Setting("Connections at the same time over all listeners; further ones get 421 4.3.2.", Minimum = "1", Maximum = "100000")]
    public int Connections { get; init; } = 2000;

    [Setting("Replies of class 5 in one session before 421 4.7.0 ends it.", Minimum = "1", Maximum = "10000")]
    public int Errors { get; init; } = 20;

    [Setting("How long a client may be silent between commands. RFC 5321 asks for 5m.", Minimum = "1s", Maximum = "1h")]
    public Duration CommandTimeout { get; init; } = Duration.FromMinutes(5);

    [Setting("How long a client may be silent while it sends a message. RFC 5321 asks for 3m.", Minimum = "1s", Maximum = "1h")]
    public Duration DataTimeout { get; init; } = Duration.FromMinutes(3);

    [Setting("How long a client may take to send one message, however steadily it sends.", Minimum = "10s", Maximum = "1d")]
    public Duration MessageTimeout { get; init; } = Duration.FromMinutes(30);

    [Setting("How long a client may take for a TLS handshake.", Minimum = "1s", Maximum = "5m")]
    public Duration TlsHandshakeTimeout { get; init; } = Duration.FromSeconds(30);

    [Setting("How much of a message is kept in memory; a larger one goes to a file in the data directory while it arrives.", Minimum = "16KB", Maximum = "256MB")]
    public ByteSize MemoryBytes { get; init; } = ByteSize.FromMegabytes(2);
}
