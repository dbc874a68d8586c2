using System.Globalization;
using System.Net;
using Gateway.DotnetPeer;
using SmtpServer;
using SmtpServer.ComponentModel;
using SmtpServer.Net;
using SmtpServer.Storage;

// gateway-dotnet-peer relay|relay-nodelay PORT PORT-BEHIND: what a .NET developer would write in an afternoon with SmtpServer, MimeKit and MailKit.
// It keeps nothing: 250 is said when the host behind has said it.
if (args is not ["relay" or "relay-nodelay", string port, string behind])
{
    Console.Error.WriteLine("Usage: gateway-dotnet-peer relay|relay-nodelay PORT PORT-BEHIND");
    return 64;
}

ServiceProvider services = new();
services.Add((IMessageStore)new RelayStore(int.Parse(behind, CultureInfo.InvariantCulture)));
if (args[0] == "relay-nodelay")
{
    services.Add((IEndpointListenerFactory)new NoDelayListener());
}

// Without a longer time than its own two minutes, the package cuts sessions that are busy.
ISmtpServerOptions options = new SmtpServerOptionsBuilder()
    .ServerName("dotnet-peer.bench.example")
    .MaxMessageSize(60 * 1024 * 1024)
    .Endpoint(e => e.Endpoint(new IPEndPoint(IPAddress.Loopback, int.Parse(port, CultureInfo.InvariantCulture))).SessionTimeout(TimeSpan.FromDays(1)))
    .Build();
using CancellationTokenSource stop = new();
Console.CancelKeyPress += (_, e) =>
{
    e.Cancel = true;
    stop.Cancel();
};
await new SmtpServer.SmtpServer(options, services).StartAsync(stop.Token);
return 0;
