using System.CommandLine;
using System.Globalization;
using Gateway.Api;
using Gateway.Relay.Delivery.Lanes;

namespace Gateway.Commands;

/// <summary><c>gateway route ...</c>: how the ways to the mail hosts stand, and stopping one.</summary>
internal static class RouteCommands
{
    public static Command Create(CommandContext context) => new("route", "See, pause and resume the routes of a running gateway.")
    {
        List(context),
        Order(context, "pause", "Stop a route: its mail waits, what is under way ends. Survives restarts."),
        Order(context, "resume", "Let a paused route go on."),
    };

    private static Command List(CommandContext context)
    {
        Option<OutputFormat> format = CommandContext.FormatOption();
        Command command = new("list", "List the routes with their hosts and lanes.") { format };
        command.SetAction(async (parsed, ct) =>
        {
            using ManagementClient client = ManagementClient.Open(context, parsed);
            IReadOnlyList<RouteStatus> routes = await client.GetAsync("api/routes", ApiJson.Default.IReadOnlyListRouteStatus, ct);
            if (parsed.GetValue(format) == OutputFormat.Json)
            {
                foreach (RouteStatus route in routes)
                {
                    context.PrintJson(route, ApiJson.Default.RouteStatus);
                }

                return ExitCode.Ok;
            }

            TextTable table = new("ROUTE", "STATE", "WAITING", "SUSPECTS", "DEFERRED", "SENDING", "HANGING", "WINDOW", "TLS", "HOSTS");
            foreach (RouteStatus r in routes)
            {
                int[] numbers = [r.Waiting, r.Suspects, r.Deferred, r.Sending, r.Hanging, r.Window];
                table.Add(
                    [
                        r.Name, r.Pause?.ToString() ?? (r.Paused ? "paused" : "running"), .. numbers.Select(n => n.ToString(CultureInfo.InvariantCulture)),
                        r.Security,
                        string.Join(", ", r.Hosts.Select(h => $"{h.Host} {h.State}")),
                    ]);
            }

            table.Write(context.Output);
            return ExitCode.Ok;
        });
        return command;
    }

    private static Command Order(CommandContext context, string name, string description)
    {
        Argument<string> route = new("route") { Description = "The domain the route is for, as configured, or 'default'" };
        Option<string?> note = new("--note") { Description = "Why; shown with the route until it goes on, and logged with your name", HelpName = "WHY" };
        Command command = new(name, description) { route, note };
        command.SetAction(async (parsed, ct) =>
        {
            using ManagementClient client = ManagementClient.Open(context, parsed);
            string wanted = parsed.GetValue(route)!;
            await client.OrderAsync($"api/routes/{Uri.EscapeDataString(wanted)}/{name}", parsed.GetValue(note) ?? string.Empty, ct);
            context.Output.WriteLine($"route {Format.Path(wanted)} is {name}d");
            return ExitCode.Ok;
        });
        return command;
    }
}
