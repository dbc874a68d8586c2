using System.Net;
using System.Net.Sockets;
using System.Text;
using Gateway.Smtp.Protocol;

namespace Gateway.Smtp.Client;

/// <summary>Makes one connection: name, addresses in turn, greeting, EHLO or HELO, STARTTLS, AUTH.</summary>
/// <remarks><paramref name="resolve"/> looks a name up; null is the system's resolver.</remarks>
internal sealed partial class Connector(
    DownstreamHost host, DownstreamOptions options, TimeProvider time, Func<string, CancellationToken, Task<IPAddress[]>>? resolve = null)
{
    private readonly Func<string, CancellationToken, Task<IPAddress[]>> _resolve =
        resolve ?? (options.Resolve is { } look ? (_, ct) => look(host, ct) : Dns.GetHostAddressesAsync);
    // RFC 3463 section 3.5: routing loop detected. Whoever mends the route or the listener lets the mail go on.
    private static readonly EnhancedCode RoutingLoop = new(4, 4, 6);

    private readonly long _start = time.GetTimestamp();

    /// <summary>The longest any step is waited for, whatever its own limit; infinite for those limits.</summary>
    public TimeSpan Patience { get; init; } = Timeout.InfiniteTimeSpan;

    /// <summary>What the host refused before, kept from connection to connection; null for nothing.</summary>
    public RefusedMechanisms? Refused { get; init; }

    private IPEndPoint? _remote;

    public async Task<ConnectResult> ConnectAsync(CancellationToken ct)
    {
        ConnectResult result = await ConnectAsync(host.Access.Tls != DownstreamTls.None, ct);
        // RFC 7435: whoever breaks the handshake could as well have taken STARTTLS out of the offer. Where a file of ours could not be used the
        // host may have wanted just that: a fault of ours does not send mail in clear.
        if (result.Failure is not { Reached: DeliveryStep.StartTls, Outcome: not DeliveryOutcome.Interrupted } failure
            || host.Access.Tls != DownstreamTls.Opportunistic || _ownFault is not null)
        {
            return result;
        }

        ConnectResult inClear = await ConnectAsync(mayEncrypt: false, ct);
        if (inClear.Connection is { } connection)
        {
            connection.InClearBecause = failure.Reply?.ToString() ?? failure.Detail ?? failure.Outcome.ToString();
        }

        return inClear;
    }

    private async Task<ConnectResult> ConnectAsync(bool mayEncrypt, CancellationToken ct)
    {
        (Socket? socket, ConnectFailure? failure) = await OpenAsync(ct);
        if (socket is null)
        {
            return new ConnectResult(failure!);
        }

        socket.NoDelay = true;
        DownstreamLink link = new(socket, time);
        await using CancellationTokenRegistration stop = ct.UnsafeRegister(
            static link => ((DownstreamLink)link!).Fail(DeliveryOutcome.Interrupted, null), link);
        ConnectResult result = await IntroduceAsync(link, mayEncrypt);
        link.Rest();
        if (!result.IsConnected)
        {
            link.Quit();
        }

        return result;
    }

    private async Task<(Socket? Socket, ConnectFailure? Failure)> OpenAsync(CancellationToken ct)
    {
        using CancellationTokenSource limit = new(Limit(options.ConnectTimeout), time);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, ct);
        string detail = "the name has no address";
        DeliveryOutcome outcome = DeliveryOutcome.NameNotFound;
        try
        {
            IPAddress[] addresses = IPAddress.TryParse(host.Host, out IPAddress? literal)
                ? [literal]
                : await _resolve(host.Host, either.Token);
            if (options.Own is OwnAddresses own && addresses.Length > 0)
            {
                addresses = Array.FindAll(addresses, a => !own.IsOwn(a, host.Port, host.Access.IsLookedUp));
                if (addresses.Length == 0)
                {
                    return (null, Failure(DeliveryStep.Connect, DeliveryOutcome.ConnectFailed, null, $"mail for {host} loops back to myself") with { Status = RoutingLoop });
                }
            }

            if (host.Access.Sources is { } sources)
            {
                addresses = Array.FindAll(addresses, a => sources.For(a.AddressFamily) is not null);
                detail = "the host has no address of a source address's family";
            }

            for (int i = 0; i < addresses.Length; i++)
            {
                // An address that swallows packets must not use up the time of the ones behind it.
                TimeSpan left = Limit(options.ConnectTimeout) - time.GetElapsedTime(_start);
                using CancellationTokenSource share = new(left > TimeSpan.Zero ? left / (addresses.Length - i) : TimeSpan.Zero, time);
                using CancellationTokenSource attempt = CancellationTokenSource.CreateLinkedTokenSource(share.Token, either.Token);
                _remote = new IPEndPoint(addresses[i], host.Port);
                Socket socket = new(addresses[i].AddressFamily, SocketType.Stream, ProtocolType.Tcp);
                try
                {
                    if (host.Access.Sources?.For(_remote.AddressFamily) is { } from)
                    {
                        socket.Bind(new IPEndPoint(from, 0));
                    }

                    await socket.ConnectAsync(_remote, attempt.Token);
                    return (socket, null);
                }
                catch (SocketException e)
                {
                    socket.Dispose();
                    outcome = e.SocketErrorCode == SocketError.TimedOut ? DeliveryOutcome.TimedOut : DeliveryOutcome.ConnectFailed;
                    detail = e.Message;
                }
                catch (OperationCanceledException) when (share.IsCancellationRequested && i + 1 < addresses.Length && !either.IsCancellationRequested)
                {
                    socket.Dispose();
                    outcome = DeliveryOutcome.TimedOut;
                    detail = "no answer";
                }
                catch (OperationCanceledException)
                {
                    socket.Dispose();
                    throw;
                }
            }
        }
        catch (SocketException e)
        {
            detail = e.Message;
        }
        catch (OperationCanceledException)
        {
            outcome = ct.IsCancellationRequested ? DeliveryOutcome.Interrupted : DeliveryOutcome.TimedOut;
            detail = "no answer";
        }

        return (null, Failure(DeliveryStep.Connect, outcome, null, detail));
    }

    private async Task<ConnectResult> IntroduceAsync(DownstreamLink link, bool mayEncrypt)
    {
        SmtpReply? greeting = await link.ReadReplyAsync(Limit(options.GreetingTimeout));
        if (greeting is not { Code: 220 })
        {
            return new ConnectResult(Failure(DeliveryStep.Greeting, link, greeting));
        }

        (SmtpReply? hello, Capabilities capabilities) = await HelloAsync(link);
        if (hello is not { IsSuccess: true } || link.HasUnread)
        {
            return new ConnectResult(Failure(DeliveryStep.Hello, link, hello));
        }

        string? agreed = null;
        if (mayEncrypt)
        {
            (ConnectFailure? failure, capabilities, agreed) = await SecureAsync(link, capabilities);
            if (failure is not null)
            {
                return new ConnectResult(failure);
            }
        }

        capabilities = host.Access.TellsClient ? capabilities : capabilities with { ForwardMask = 0 };
        return host.Access.User.Length > 0 && await AuthenticateAsync(link, capabilities) is { } refused
            ? new ConnectResult(refused)
            : new ConnectResult(new DownstreamConnection(link, host, _remote!, capabilities, options, time, time.GetElapsedTime(_start))
            {
                Tls = agreed,
                InClearBecause = _inClearBecause,
                OwnFault = _ownFault,
                PassedMechanisms = _passedMechanisms,
            });
    }

    private async ValueTask<(SmtpReply? Reply, Capabilities Capabilities)> HelloAsync(DownstreamLink link)
    {
        string name = options.HelloName();
        SmtpReply? hello = await SayAsync(link, "EHLO " + name);
        if (hello is { Code: 250 })
        {
            return (hello, Capabilities.Parse(hello));
        }

        return (hello is { IsPermanent: true } ? await SayAsync(link, "HELO " + name) : hello, default);
    }

    private async ValueTask<SmtpReply?> SayAsync(DownstreamLink link, string line)
    {
        TimeSpan limit = Limit(options.CommandTimeout);
        await link.WriteAsync(Encoding.ASCII.GetBytes(line + "\r\n"), limit, stopAtInput: false);
        return await link.ReadReplyAsync(limit);
    }

    private TimeSpan Limit(TimeSpan own) => Patience == Timeout.InfiniteTimeSpan || own < Patience ? own : Patience;

    private ConnectFailure Failure(DeliveryStep step, DownstreamLink link, SmtpReply? reply) => reply switch
    {
        null => Failure(step, link.Fault ?? DeliveryOutcome.ProtocolError, null, link.Detail),
        { IsTransient: true } => Failure(step, DeliveryOutcome.Deferred, reply, null),
        { IsPermanent: true } => Failure(step, DeliveryOutcome.Refused, reply, null),
        _ => Failure(step, DeliveryOutcome.ProtocolError, reply, "the reply does not fit the step"),
    };

    private ConnectFailure Failure(DeliveryStep step, DeliveryOutcome outcome, SmtpReply? reply, string? detail) =>
        new(host, _remote, step, outcome, reply, detail, time.GetElapsedTime(_start));
}
