// A mail drop on the package SmtpServer that inspects every message before it stores it. Usage: GuardedRelay PORT FOLDER
using System.Buffers;
using System.Net;
using Gateway.SmtpServerGuard;
using SmtpServer;
using SmtpServer.ComponentModel;
using SmtpServer.Protocol;
using SmtpServer.Storage;

int port = int.Parse(args[0]);
FolderOfHeldMail held = new(Path.Combine(args[1], "held"), mostBytes: 1L << 30);
MessageGuard guard = new(new GuardOptions { Held = held, Faulted = Console.Error.WriteLine });
ServiceProvider services = new();
services.Add(guard.Store(new Drop(Path.Combine(args[1], "clean"))));
services.Add(guard.Filter());
services.Add(guard.Listener());
ISmtpServerOptions options = new SmtpServerOptionsBuilder()
    .ServerName("localhost")
    .Endpoint(e => e.Endpoint(new IPEndPoint(IPAddress.Loopback, port)).SessionTimeout(TimeSpan.FromHours(1)))
    .Build();
await new SmtpServer.SmtpServer(options, services).StartAsync(CancellationToken.None);

/// <summary>Stores each message as a file.</summary>
internal sealed class Drop(string folder) : MessageStore
{
    public override async Task<SmtpResponse> SaveAsync(
        ISessionContext context, IMessageTransaction transaction, ReadOnlySequence<byte> buffer, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(folder);
        await File.WriteAllBytesAsync(Path.Combine(folder, $"{Guid.CreateVersion7():n}.eml"), buffer.ToArray(), cancellationToken);
        return SmtpResponse.Ok;
    }
}
