using System.Buffers;
using System.Net;
using System.Text;
using Gateway.TestKit;
using SmtpServer;
using SmtpServer.ComponentModel;
using SmtpServer.Net;
using SmtpServer.Protocol;
using SmtpServer.Storage;
using Xunit;

namespace Gateway.SmtpServerGuard.Tests;

/// <summary>The package SmtpServer with a guard in front of a store in memory, on loopback.</summary>
internal sealed class GuardHost : IAsyncDisposable
{
    private readonly TaskCompletionSource<IPEndPoint> _listening = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _stop = new();
    private Task _running = Task.CompletedTask;

    private GuardHost()
    {
    }

    /// <summary>The package.</summary>
    public SmtpServer.SmtpServer Server { get; private set; } = null!;

    /// <summary>Where it listens.</summary>
    public IPEndPoint EndPoint { get; private set; } = null!;

    /// <summary>The contents that the inner store got, one character an octet.</summary>
    public List<string> Stored { get; } = [];

    /// <summary>What the guard judged.</summary>
    public List<(string Sender, string Octets)> Judged { get; } = [];

    /// <summary>What was answered with 451.</summary>
    public List<Exception> Faults { get; } = [];

    /// <summary>The context of the last message.</summary>
    public ISessionContext? Context { get; private set; }

    /// <summary>The token of the last store.</summary>
    public CancellationToken StoreToken { get; private set; }

    /// <summary>What the inner store answers.</summary>
    public Func<Task<SmtpResponse>> Answer { get; set; } = static () => Task.FromResult(SmtpResponse.Ok);

    /// <summary>Starts a server.</summary>
    /// <param name="listener">The guard's listener; null for that of the package.</param>
    /// <param name="options">The guard.</param>
    /// <param name="inner">The program's own filter.</param>
    /// <param name="endpoint">The endpoint.</param>
    public static async Task<GuardHost> StartAsync(
        GuardedListenerOptions? listener = null, GuardOptions? options = null, IMailboxFilter? inner = null, Action<EndpointDefinitionBuilder>? endpoint = null)
    {
        GuardHost host = new();
        MessageGuard guard = new((options ?? new GuardOptions()) with { Judged = host.Judge, Faulted = host.Faults.Add });
        EndpointListenerFactory factory = listener is null ? new EndpointListenerFactory() : (EndpointListenerFactory)guard.Listener(listener);
        factory.EndpointStarted += (_, e) => host._listening.TrySetResult((IPEndPoint)e.LocalEndPoint);
        ServiceProvider services = new();
        services.Add((IEndpointListenerFactory)factory);
        services.Add(guard.Store(new Inner(host)));
        services.Add(guard.Filter(inner));
        SmtpServerOptionsBuilder builder = new SmtpServerOptionsBuilder().ServerName("guard.test").Endpoint(e =>
        {
            e.Endpoint(new IPEndPoint(IPAddress.Loopback, 0)).SessionTimeout(TimeSpan.FromMinutes(10));
            endpoint?.Invoke(e);
        });
        host.Server = new SmtpServer.SmtpServer(builder.Build(), services);
        host._running = host.Server.StartAsync(host._stop.Token);
        host.EndPoint = await host._listening.Task;
        return host;
    }

    /// <summary>Opens a session and says EHLO.</summary>
    public Task<ScriptedSmtpClient> GreetAsync() => ScriptedSmtpClient.GreetAsync(EndPoint, TestContext.Current.CancellationToken);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running.WaitAsync(TimeSpan.FromSeconds(30)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
    }

    private void Judge(GuardedMail mail) => Judged.Add((mail.Sender, Encoding.Latin1.GetString(mail.Octets.ToArray())));

    private sealed class Inner(GuardHost host) : IMessageStore
    {
        public Task<SmtpResponse> SaveAsync(ISessionContext context, IMessageTransaction transaction, ReadOnlySequence<byte> buffer, CancellationToken cancellationToken)
        {
            host.Context = context;
            host.StoreToken = cancellationToken;
            host.Stored.Add(Encoding.Latin1.GetString(buffer.ToArray()));
            return host.Answer();
        }
    }
}
