using System.CommandLine;
using Gateway.Commands;

namespace Gateway.Tests.Management;

/// <summary>All commands, from the code.</summary>
internal static class CommandTree
{
    /// <summary>An id that nothing has.</summary>
    public const string Nobody = "0000000000000";

    private static readonly string[] OnlyParsed = ["run", "demo", "drill", "user add"];

    /// <summary>The commands that do something, by their whole name.</summary>
    public static IEnumerable<(string Name, Command Command)> Leaves() =>
        Leaves(CommandLine.Create(new CommandContext(TextWriter.Null, TextWriter.Null, [], new Dictionary<string, string>(StringComparer.Ordinal))), "");

    /// <summary>Whether a command is only parsed by tables: it runs until it is stopped, or asks the terminal.</summary>
    public static bool IsOnlyParsed(string name) => name != "drill list" && OnlyParsed.Any(o => name == o || name.StartsWith(o + " ", StringComparison.Ordinal));

    /// <summary>A command with what it requires, named so that nothing is meant.</summary>
    /// <param name="name">Its whole name.</param>
    /// <param name="command">The command.</param>
    /// <param name="folder">For options that name one.</param>
    /// <param name="except">An option that is left out.</param>
    public static IEnumerable<string> Words(string name, Command command, string folder, Option? except = null)
    {
        IEnumerable<string> arguments = command.Arguments.Where(a => a.Arity.MinimumNumberOfValues > 0).Select(_ => Nobody);
        IEnumerable<string> options = command.Options.Where(o => o.Required && o != except).SelectMany(o => new[] { o.Name, folder });
        return name.Split(' ').Concat(arguments).Concat(options);
    }

    private static IEnumerable<(string Name, Command Command)> Leaves(Command command, string name) => command.Subcommands.Count == 0
        ? [(name.Trim(), command)]
        : command.Subcommands.SelectMany(c => Leaves(c, $"{name} {c.Name}"));
}
