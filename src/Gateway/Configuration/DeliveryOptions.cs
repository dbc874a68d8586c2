namespace Gateway.Configuration;

/// <summary>How the mail hosts behind the gateway are spoken to. The times are those of RFC 5321 section 4.5.3.2.</summary>
internal sealed class DeliveryOptions
{
    [Setting("From the look-up of a host's name to an open connection, over all its addresses.", Minimum = "1s", Maximum = "10m")]
    public Duration ConnectTimeout { get; init; } = Duration.FromSeconds(30);

    [Setting("From the open connection to the host's greeting.", Minimum = "1s", Maximum = "1h")]
    public Duration GreetingTimeout { get; init; } = Duration.FromMinutes(5);

    [Setting("How long connecting, the greeting, and each reply to EHLO and STARTTLS are waited for while another host of the route can take the mail; the last one has the times above and below.", Minimum = "1s", Maximum = "10m")]
    public Duration NextHostAfter { get; init; } = Duration.FromSeconds(4);

    [Setting("For each reply to EHLO, RSET, MAIL and RCPT.", Minimum = "1s", Maximum = "1h")]
    public Duration CommandTimeout { get; init; } = Duration.FromMinutes(5);

    [Setting("For the reply to DATA.", Minimum = "1s", Maximum = "1h")]
    public Duration DataTimeout { get; init; } = Duration.FromMinutes(2);

    [Setting("For the host to take one block (64KB at most) of the message.", Minimum = "1s", Maximum = "1h")]
    public Duration BodyTimeout { get; init; } = Duration.FromMinutes(3);

    [Setting("From the end of the message to its reply. A short time makes duplicates behind a slow host.", Minimum = "10s", Maximum = "1h")]
    public Duration FinalDotTimeout { get; init; } = Duration.FromMinutes(10);

    [Setting("How long an unused connection is kept for the next message. Keep it under the host's own limit.", Minimum = "0", Maximum = "10m")]
    public Duration IdleTimeout { get; init; } = Duration.FromSeconds(30);

    [Setting("How old a connection may grow, so that a changed DNS entry takes effect.", Minimum = "1s", Maximum = "1d")]
    public Duration ConnectionAge { get; init; } = Duration.FromMinutes(5);

    [Setting("Messages over one connection before it is closed.", Minimum = "1", Maximum = "1000000")]
    public int MessagesPerConnection { get; init; } = 1000;
}

/// <summary>The log that keeps mail safe on disk.</summary>
internal sealed class SpoolSettings
{
    [Setting("Size of one file of the spool, a multiple of 4KB. May change between starts.", Minimum = "32KB", Maximum = "2GB")]
    public ByteSize SegmentBytes { get; init; } = ByteSize.FromMegabytes(64);

    [Setting("Free space on the volume below which no mail is taken (452 4.3.1). Keep it above SegmentBytes; 0 switches the check off.", Minimum = "0", Maximum = "8192TB")]
    public ByteSize MinimumFreeBytes { get; init; } = ByteSize.FromMegabytes(256);

    [Setting("How long a message may wait to be on stable storage before its client gets 451 4.3.0.", Minimum = "1s", Maximum = "5m")]
    public Duration CommitTimeout { get; init; } = Duration.FromSeconds(30);
}
