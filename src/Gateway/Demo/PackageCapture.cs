using System.Buffers;
using System.Globalization;
using System.Net;
using Gateway.Smtp.Protocol;
using SmtpServer;
using SmtpServer.Mail;
using SmtpServer.Net;
using SmtpServer.Protocol;
using SmtpServer.Storage;
using PackageServices = SmtpServer.ComponentModel.ServiceProvider;

namespace Gateway.Demo;

/// <summary>The package SmtpServer as the mail system behind: code that nobody here wrote reads what the gateway sends.</summary>
/// <remarks>
/// Promises: the script gets the octets as they were sent. The package leaves out the final CRLF, which is put back; what it does to an empty message and to a dot on the first line
/// cannot happen behind a gateway, whose trace field is the first line.
/// Threads: one instance serves all connections.
/// </remarks>
internal sealed class PackageCapture : IMailSystem, IMessageStore, IMailboxFilter
{
    // All clocks are the gateway's: the package would cut a busy session as well.
    private static readonly TimeSpan Longest = TimeSpan.FromDays(1);

    private readonly CancellationTokenSource _stop = new();
    private readonly CaptureListener _listener;
    private readonly CaptureScript _script;
    private readonly Func<CaptureStep, SmtpReply?> _answer;
    private readonly Task _running;

    private PackageCapture(CaptureScript script, CaptureListener listener, Func<CaptureStep, SmtpReply?> answer)
    {
        _script = script;
        _listener = listener;
        _answer = answer;
        PackageServices services = new();
        services.Add((IEndpointListenerFactory)listener);
        services.Add((IMessageStore)this);
        services.Add((IMailboxFilter)this);
        ISmtpServerOptions options = new SmtpServerOptionsBuilder()
            .ServerName("capture.demo.invalid")
            .MaxRetryCount(int.MaxValue)
            .CommandWaitTimeout(Longest)
            .CustomSmtpGreeting(_ => answer(CaptureStep.Greeting) is { } other ? $"{other.Code} {Text(other)}" : "220 capture.demo.invalid ESMTP")
            .Endpoint(e => e.Endpoint(listener.EndPoint).SessionTimeout(Longest))
            .Build();
        _running = new SmtpServer.SmtpServer(options, services).StartAsync(_stop.Token);
    }

    /// <summary>Name and version of the package.</summary>
    public static string Name { get; } = $"SmtpServer {typeof(SmtpServer.SmtpServer).Assembly.GetName().Version?.ToString(3)}";

    /// <inheritdoc/>
    public IPEndPoint EndPoint => _listener.EndPoint;

    /// <summary>Starts one.</summary>
    /// <param name="script">What it does with messages.</param>
    /// <param name="port">Where; 0 for any free port.</param>
    /// <param name="answer">What it says before the end of data; null for the usual.</param>
    /// <param name="isSilent">Whether it accepts connections and says nothing at all.</param>
    public static PackageCapture Start(CaptureScript script, int port = 0, Func<CaptureStep, SmtpReply?>? answer = null, Func<bool>? isSilent = null)
    {
        Func<CaptureStep, SmtpReply?> step = answer ?? (static _ => null);
        return new PackageCapture(script, new CaptureListener(port, isSilent ?? (static () => false), context => context.CommandExecuting += (_, e) => Begin(e, step)), step);
    }

    /// <inheritdoc/>
    public void Cut(string connection) => _listener.Cut(connection);

    /// <inheritdoc/>
    public int CutAll() => _listener.CutAll();

    /// <inheritdoc/>
    public async Task<SmtpResponse> SaveAsync(
        ISessionContext context, IMessageTransaction transaction, ReadOnlySequence<byte> buffer, CancellationToken cancellationToken)
    {
        byte[] octets = [.. buffer.ToArray(), .. "\r\n"u8];
        List<string> recipients = [.. transaction.To.Select(static t => t.AsAddress())];
        (string connection, CancellationToken gone) = CaptureListener.Of(context);
        return Response(await _script(new CapturedMail(recipients, octets, connection), gone));
    }

    /// <inheritdoc/>
    public Task<bool> CanAcceptFromAsync(ISessionContext context, IMailbox @from, int size, CancellationToken cancellationToken) => Take(CaptureStep.Mail);

    /// <inheritdoc/>
    public Task<bool> CanDeliverToAsync(ISessionContext context, IMailbox to, IMailbox @from, CancellationToken cancellationToken) => Take(CaptureStep.Recipient);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        CutAll();
        await _stop.CancelAsync();
        await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _listener.Dispose();
        _stop.Dispose();
    }

    private static void Begin(SmtpCommandEventArgs command, Func<CaptureStep, SmtpReply?> answer)
    {
        if (command.Command is DataCommand && answer(CaptureStep.Data) is { } other)
        {
            throw new SmtpResponseException(Response(other));
        }
    }

    private Task<bool> Take(CaptureStep step) =>
        _answer(step) is { } other ? throw new SmtpResponseException(Response(other)) : Task.FromResult(true);

    private static SmtpResponse Response(SmtpReply reply) => new((SmtpReplyCode)reply.Code, Text(reply));

    private static string Text(SmtpReply reply) => reply.Enhanced.IsNone ? reply.Text : string.Create(CultureInfo.InvariantCulture, $"{reply.Enhanced} {reply.Text}");
}
