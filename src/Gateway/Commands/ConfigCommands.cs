using System.CommandLine;
using Gateway.Configuration;

namespace Gateway.Commands;

/// <summary><c>gateway config ...</c>: what is configured, and whether it is right.</summary>
internal static class ConfigCommands
{
    public static Command Create(CommandContext context) => new("config", "Check and show the configuration.") { ConfigCheckCommand.Create(context), Show(context) };

    private static Command Show(CommandContext context)
    {
        Option<OutputFormat> format = CommandContext.FormatOption();
        Option<bool> given = new("--given") { Description = "Only what differs from the defaults because a source set it" };
        Command command = new("show", "Show the effective configuration and where each value comes from; json can be used as a gateway.json.") { format, given };
        command.SetAction(parsed =>
        {
            GatewayConfiguration configuration = context.Configuration(parsed);
            GatewayOptions options = context.Load(parsed);
            bool onlyGiven = parsed.GetValue(given);
            if (parsed.GetValue(format) == OutputFormat.Json)
            {
                context.Output.WriteLine(ConfigurationDescription.ToJson(options, onlyGiven ? configuration.Origins : null));
                return ExitCode.Ok;
            }

            TextTable table = new(new TextColumn("KEY"), new TextColumn("VALUE"), new TextColumn("SET BY"));
            foreach ((string key, string value, string source) in ConfigurationDescription.ToRows(options, configuration.Origins, onlyGiven))
            {
                table.Add(key, value, source);
            }

            table.Write(context.Output);
            return ExitCode.Ok;
        });
        return command;
    }
}
