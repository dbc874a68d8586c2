// A mail drop on the package SmtpServer that inspects every message before it stores it. Usage: GuardedRelay PORT FOLDER
using System.Net;
using Gateway.SmtpServerGuard;
using GuardedRelay;
using SmtpServer;
using SmtpServer.ComponentModel;

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
