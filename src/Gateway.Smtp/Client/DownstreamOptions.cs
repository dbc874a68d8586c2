namespace Gateway.Smtp.Client;

/// <summary>How the gateway talks to the mail hosts behind it: names, time limits, connection reuse.</summary>
/// <remarks>Source of the time limits: RFC 5321 section 4.5.3.2, but for the connect limit.</remarks>
public sealed class DownstreamOptions
{
    /// <summary>The name said in EHLO: our own fully qualified host name; asked for each connection, because a reload may change it. Default <c>localhost</c>.</summary>
    public Func<string> HelloName { get; set; } = static () => "localhost";

    /// <summary>From the name look-up to an open TCP connection, over all addresses of the host together. Default 30 s.</summary>
    public TimeSpan ConnectTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>From the open connection to the greeting. Default 5 min.</summary>
    public TimeSpan GreetingTimeout { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>
    /// How long connecting, the greeting and each reply to EHLO and STARTTLS are waited for while another host of the route can take the mail.
    /// Default 4 s.
    /// </summary>
    public TimeSpan NextHostAfter { get; set; } = TimeSpan.FromSeconds(4);

    /// <summary>For each reply to EHLO, HELO, RSET, MAIL and RCPT. Default 5 min.</summary>
    public TimeSpan CommandTimeout { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>For the reply to DATA. Default 2 min.</summary>
    public TimeSpan DataTimeout { get; set; } = TimeSpan.FromMinutes(2);

    /// <summary>For the host to take one block (at most 64 KiB) of the message. Default 3 min.</summary>
    public TimeSpan BodyTimeout { get; set; } = TimeSpan.FromMinutes(3);

    /// <summary>From the end of the message to the reply. Default 10 min; shorter means duplicates behind a slow host.</summary>
    public TimeSpan FinalDotTimeout { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>Messages over one connection before it is closed. Default 1000, at least 1.</summary>
    public int MaxMessagesPerConnection { get; set; } = 1000;

    /// <summary>How long an unused connection is kept. Default 30 s; keep it under the downstream host's own idle limit.</summary>
    public TimeSpan IdleTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How old a connection may grow, so that a changed DNS entry or a drained node takes effect. Default 5 min.</summary>
    public TimeSpan MaxAge { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>Connections to one host that may be in use at once; more rentals wait. Default 20.</summary>
    public int MaxConnectionsPerHost { get; set; } = 20;

    /// <summary>Unused connections kept per host. Default 20; more are closed when they come back.</summary>
    public int MaxIdlePerHost { get; set; } = 20;

    /// <summary>RCPT commands sent in one flight before their replies are read. Default 100, which bounds what replies we hold.</summary>
    public int RecipientsPerFlight { get; set; } = 100;

    /// <summary>Looks the addresses of a host up; throws <see cref="System.Net.Sockets.SocketException"/> when there are none. Null for the system's resolver.</summary>
    public Func<DownstreamHost, CancellationToken, Task<System.Net.IPAddress[]>>? Resolve { get; set; }

    /// <summary>Addresses at which we ourselves answer: nobody connects there. Null where nothing is listened to.</summary>
    public OwnAddresses? Own { get; set; }

    /// <summary>The same options; hosts are looked up by <paramref name="resolve"/> where these name no way of their own.</summary>
    public DownstreamOptions WithResolver(Func<DownstreamHost, CancellationToken, Task<System.Net.IPAddress[]>> resolve)
    {
        DownstreamOptions copy = (DownstreamOptions)MemberwiseClone();
        copy.Resolve ??= resolve;
        return copy;
    }

    /// <summary>The same options with another number of connections: for a pool that serves another kind of mail.</summary>
    public DownstreamOptions WithConnections(int most)
    {
        DownstreamOptions copy = (DownstreamOptions)MemberwiseClone();
        copy.MaxConnectionsPerHost = most;
        return copy;
    }
}
