using System.Threading.Channels;
using SmtpServer;
using SmtpServer.Authentication;
using SmtpServer.ComponentModel;
using SmtpServer.IO;
using SmtpServer.Net;
using SmtpServer.Protocol;
using SmtpServer.Storage;

namespace Gateway.Smtp.Server.PackageEngine;

/// <summary>The package SmtpServer as the reader of commands for the sessions of one listener.</summary>
/// <remarks>
/// The package never sees a socket: Kestrel accepts, and a session is handed over as a pipe. It has no clock, no limit and no stop of its own:
/// those it has would cut sessions with a permanent reply, so all are set out of reach, and it is never told to shut down.
/// Threads: any. Decision 0030.
/// </remarks>
internal sealed class PackageServer
    : IEndpointListenerFactory, IEndpointListener, IServiceProvider, IMailboxFilterFactory, IMessageStoreFactory, IUserAuthenticatorFactory, ICertificateFactory
{
    private const string SessionKey = "Gateway:Session";
    private const int MostWaiting = 1024;

    private static readonly PackageCommands Commands = new();

    // The package takes a session at once; where it is behind, new ones wait before their greeting.
    private readonly Channel<PackageSession> _waiting = Channel.CreateBounded<PackageSession>(MostWaiting);

    /// <summary>Starts the package.</summary>
    public PackageServer()
    {
        SmtpServer.SmtpServer server = new(
            new SmtpServerOptionsBuilder()
                .ServerName("gateway")
                .CustomSmtpGreeting(static _ => "220 ")
                .MaxRetryCount(int.MaxValue)
                .MaxAuthenticationAttempts(int.MaxValue)
                .CommandWaitTimeout(Timeout.InfiniteTimeSpan)
                .Endpoint(endpoint => endpoint.SessionTimeout(Timeout.InfiniteTimeSpan).AllowUnsecureAuthentication().Certificate((ICertificateFactory)this))
                .Build(),
            this);
        server.SessionFaulted += static (_, fault) => SessionOf(fault.Context).Fault(fault.Exception);
        // On the thread pool: its sessions must not run where whoever makes a listener happens to be.
        using AsyncFlowControl apart = ExecutionContext.SuppressFlow();
        _ = Task.Run(() => server.StartAsync(CancellationToken.None));
    }

    /// <summary>Gives the package a session, which it holds until the session is over.</summary>
    public ValueTask ServeAsync(PackageSession session, CancellationToken gone) => _waiting.Writer.WriteAsync(session, gone);

    /// <inheritdoc/>
    public IEndpointListener CreateListener(IEndpointDefinition endpointDefinition) => this;

    /// <inheritdoc/>
    public async Task<ISecurableDuplexPipe> GetPipeAsync(ISessionContext context, CancellationToken cancellationToken)
    {
        PackageSession session = await _waiting.Reader.ReadAsync(cancellationToken);
        context.Properties[SessionKey] = session;
        context.CommandExecuting += session.Execute;
        return session;
    }

    /// <inheritdoc/>
    public object? GetService(Type serviceType) => serviceType == typeof(ISmtpCommandFactory) ? Commands : serviceType.IsInstanceOfType(this) ? this : null;

    /// <inheritdoc/>
    IMailboxFilter ISessionContextInstanceFactory<IMailboxFilter>.CreateInstance(ISessionContext context) => SessionOf(context).Questions;

    /// <inheritdoc/>
    IMessageStore ISessionContextInstanceFactory<IMessageStore>.CreateInstance(ISessionContext context)
    {
        // The package has answered DATA and reads the content next.
        SessionOf(context).ExpectContent();
        return SessionOf(context).Questions;
    }

    /// <inheritdoc/>
    IUserAuthenticator ISessionContextInstanceFactory<IUserAuthenticator>.CreateInstance(ISessionContext context) => SessionOf(context).Questions;

    /// <inheritdoc/>
    /// <remarks>That there is one makes the package take STARTTLS; the handshake is ours, and it needs none of the package's.</remarks>
    public System.Security.Cryptography.X509Certificates.X509Certificate GetServerCertificate(ISessionContext sessionContext) => null!;

    /// <inheritdoc/>
    public void Dispose()
    {
        // The package closes its listener behind its loop, which never ends.
    }

    private static PackageSession SessionOf(ISessionContext context) => (PackageSession)context.Properties[SessionKey];

    /// <summary>The package's commands without PROXY, which would be believed from everybody; our own reader takes the header before the session.</summary>
    private sealed class PackageCommands : SmtpCommandFactory
    {
        /// <inheritdoc/>
        public override SmtpCommand CreateProxy(System.Net.IPEndPoint sourceEndpoint, System.Net.IPEndPoint destinationEndpoint) =>
            throw new SmtpResponseException(new SmtpResponse(SmtpReplyCode.CommandNotImplemented));
    }
}
