using System.Net;
using System.Net.Sockets;
using System.Text;
using Gateway.Smtp.Protocol;

namespace Gateway.Smtp.Client;

/// <summary>Makes one connection: name, addresses in turn, greeting, EHLO or HELO.</summary>
/// <remarks><paramref name="resolve"/> looks a name up; null is the system's resolver.</remarks>
internal sealed class Connector(
    DownstreamHost host, DownstreamOptions options, TimeProvider time, Func<string, CancellationToken, Task<IPAddress[]>>? resolve = null)
{
    private readonly Func<string, CancellationToken, Task<IPAddress[]>> _resolve = resolve ?? Dns.GetHostAddressesAsync;
    private readonly long _start = time.GetTimestamp();
    private IPEndPoint? _remote;

    public async Task<ConnectResult> ConnectAsync(CancellationToken ct)
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
        ConnectResult result = await IntroduceAsync(link);
        link.Rest();
        if (!result.IsConnected)
        {
            link.Quit();
        }

        return result;
    }

    private async Task<(Socket? Socket, ConnectFailure? Failure)> OpenAsync(CancellationToken ct)
    {
        using CancellationTokenSource limit = new(options.ConnectTimeout, time);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, ct);
        string detail = "the name has no address";
        DeliveryOutcome outcome = DeliveryOutcome.NameNotFound;
        try
        {
            IPAddress[] addresses = IPAddress.TryParse(host.Host, out IPAddress? literal)
                ? [literal]
                : await _resolve(host.Host, either.Token);
            for (int i = 0; i < addresses.Length; i++)
            {
                // An address that swallows packets must not use up the time of the ones behind it.
                TimeSpan left = options.ConnectTimeout - time.GetElapsedTime(_start);
                using CancellationTokenSource share = new(left > TimeSpan.Zero ? left / (addresses.Length - i) : TimeSpan.Zero, time);
                using CancellationTokenSource attempt = CancellationTokenSource.CreateLinkedTokenSource(share.Token, either.Token);
                _remote = new IPEndPoint(addresses[i], host.Port);
                Socket socket = new(addresses[i].AddressFamily, SocketType.Stream, ProtocolType.Tcp);
                try
                {
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

    private async Task<ConnectResult> IntroduceAsync(DownstreamLink link)
    {
        SmtpReply? greeting = await link.ReadReplyAsync(options.GreetingTimeout);
        if (greeting is not { Code: 220 })
        {
            return new ConnectResult(Failure(DeliveryStep.Greeting, link, greeting));
        }

        SmtpReply? hello = await SayAsync(link, "EHLO ");
        Capabilities capabilities = default;
        if (hello is { Code: 250 })
        {
            capabilities = Capabilities.Parse(hello);
        }
        else if (hello is { IsPermanent: true })
        {
            hello = await SayAsync(link, "HELO ");
        }

        if (hello is not { IsSuccess: true } || link.HasUnread)
        {
            return new ConnectResult(Failure(DeliveryStep.Hello, link, hello));
        }

        return new ConnectResult(new DownstreamConnection(
            link, host, _remote!, capabilities, options, time, time.GetElapsedTime(_start)));
    }

    private async ValueTask<SmtpReply?> SayAsync(DownstreamLink link, string verb)
    {
        await link.WriteAsync(Encoding.ASCII.GetBytes(verb + options.HelloName + "\r\n"), options.CommandTimeout, stopAtInput: false);
        return await link.ReadReplyAsync(options.CommandTimeout);
    }

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
