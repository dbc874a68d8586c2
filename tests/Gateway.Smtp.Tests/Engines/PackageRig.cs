using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using SmtpServer;
using SmtpServer.ComponentModel;
using SmtpServer.IO;
using SmtpServer.Mail;
using SmtpServer.Net;
using SmtpServer.Protocol;
using SmtpServer.Storage;

namespace Gateway.Smtp.Tests.Engines;

/// <summary>A message as the store of the package got it.</summary>
/// <param name="From">The reverse-path.</param>
/// <param name="To">The recipients.</param>
/// <param name="Octets">The content, one character an octet.</param>
internal sealed record StoredMail(string From, IReadOnlyList<string> To, string Octets);

/// <summary>One session of the package SmtpServer as its README hosts it, but over a connection in memory with the pipes it makes itself.</summary>
/// <remarks>Each step ends when the package has read everything and wants more, or has ended the session: no test waits for a clock.</remarks>
internal sealed class PackageRig : ISecurableDuplexPipe, IAsyncDisposable
{
    /// <summary>Stands in what the package said for the end of the session.</summary>
    public const string End = "<end>";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private readonly CancellationTokenSource _stop = new();
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ScriptedStream _wire = new();
    private readonly Task _running;

    private PackageRig(Action<SmtpServerOptionsBuilder> options, Action<EndpointDefinitionBuilder> endpoint, Action<ServiceProvider> services)
    {
        Store = new Keeper(this);
        Input = PipeReader.Create(_wire, new StreamPipeReaderOptions(leaveOpen: true));
        Output = PipeWriter.Create(_wire, new StreamPipeWriterOptions(leaveOpen: true));
        SmtpServerOptionsBuilder builder = new SmtpServerOptionsBuilder().ServerName("plain.test").Endpoint(e => endpoint(e.Endpoint(new IPEndPoint(IPAddress.Loopback, 25))));
        options(builder);
        ServiceProvider provider = new();
        provider.Add(new Door(this));
        provider.Add(Store);
        services(provider);
        Server = new SmtpServer.SmtpServer(builder.Build(), provider);
        Server.SessionFaulted += (_, e) => Fault = e.Exception;
        _running = Server.StartAsync(_stop.Token);
    }

    /// <summary>The package.</summary>
    public SmtpServer.SmtpServer Server { get; }

    /// <summary>The context of the session.</summary>
    public ISessionContext Context { get; private set; } = null!;

    /// <summary>What ended the session, if it was no reply.</summary>
    public Exception? Fault { get; private set; }

    /// <summary>Its store.</summary>
    public IMessageStore Store { get; }

    /// <summary>What was stored.</summary>
    public List<StoredMail> Stored { get; } = [];

    /// <summary>What the store answers; may throw.</summary>
    public Func<SmtpResponse> Answer { get; set; } = static () => SmtpResponse.Ok;

    /// <summary>What happened in which order, where a test asks for it.</summary>
    public List<string> Events { get; } = [];

    /// <summary>Writes to the connection so far.</summary>
    public int Writes => _wire.Writes;

    /// <inheritdoc/>
    public PipeReader Input { get; }

    /// <inheritdoc/>
    public PipeWriter Output { get; }

    /// <inheritdoc/>
    public bool IsSecure => false;

    /// <inheritdoc/>
    public SslProtocols SslProtocol => SslProtocols.None;

    /// <summary>Opens a session and says EHLO.</summary>
    public static async Task<PackageRig> GreetAsync(
        Action<SmtpServerOptionsBuilder>? options = null, Action<EndpointDefinitionBuilder>? endpoint = null, Action<ServiceProvider>? services = null)
    {
        PackageRig rig = Open(options, endpoint, services);
        await rig.HearAsync();
        await rig.SayAsync("EHLO client.test\r\n");
        return rig;
    }

    /// <summary>Opens a session.</summary>
    public static PackageRig Open(
        Action<SmtpServerOptionsBuilder>? options = null, Action<EndpointDefinitionBuilder>? endpoint = null, Action<ServiceProvider>? services = null) =>
        new(options ?? (static _ => { }), endpoint ?? (static _ => { }), services ?? (static _ => { }));

    /// <summary>Sends packets and returns what came back until the package wants more, <see cref="End"/> behind it when it hung up.</summary>
    public async Task<string> SayAsync(params IEnumerable<string> packets)
    {
        _wire.Send(packets);
        return await HearAsync();
    }

    /// <summary>Opens a transaction; the next octets are content.</summary>
    public async Task<string> DataAsync() => await SayAsync("MAIL FROM:<a@one.test>\r\nRCPT TO:<b@two.test>\r\nDATA\r\n");

    /// <summary>What came until the package wants more or has hung up.</summary>
    public async Task<string> HearAsync()
    {
        await Task.WhenAny(_wire.Starved, _ended.Task).WaitAsync(Patience);
        return _wire.TakeWritten() + (_ended.Task.IsCompleted ? End : string.Empty);
    }

    /// <summary>What came until the package has hung up.</summary>
    public async Task<string> HearTheEndAsync()
    {
        await _ended.Task.WaitAsync(Patience);
        return await HearAsync();
    }

    /// <inheritdoc/>
    public Task UpgradeAsync(X509Certificate certificate, SslProtocols protocols, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    /// <inheritdoc/>
    public void Dispose() => _ended.TrySetResult();

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running.WaitAsync(Patience).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _wire.DisposeAsync();
        _stop.Dispose();
    }

    /// <summary>Gives the one connection, then none.</summary>
    private sealed class Door(PackageRig rig) : IEndpointListenerFactory, IEndpointListener
    {
        private bool _given;

        public IEndpointListener CreateListener(IEndpointDefinition endpointDefinition) => this;

        public async Task<ISecurableDuplexPipe> GetPipeAsync(ISessionContext context, CancellationToken cancellationToken)
        {
            if (_given)
            {
                await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
            }

            _given = true;
            rig.Context = context;
            return rig;
        }

        public void Dispose()
        {
            // There is no socket.
        }
    }

    /// <summary>The store. The package disposes of a store that can be disposed of behind each message.</summary>
    private sealed class Keeper(PackageRig rig) : IMessageStore
    {
        public Task<SmtpResponse> SaveAsync(ISessionContext context, IMessageTransaction transaction, ReadOnlySequence<byte> buffer, CancellationToken cancellationToken)
        {
            rig.Events.Add("save");
            rig.Stored.Add(new StoredMail(transaction.From.AsAddress(), [.. transaction.To.Select(t => t.AsAddress())], Encoding.Latin1.GetString(buffer.ToArray())));
            return Task.FromResult(rig.Answer());
        }
    }
}
