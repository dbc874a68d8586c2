using System.CommandLine;
using Gateway.Commands;

namespace Gateway.Tests.Management;

/// <summary>All commands, from the code.</summary>
internal static class CommandTree
{
    /// <summary>An id that nothing has.</summary>
    public const string Nobody = "0000000000000";

    /// <summary>The commands that do something, by their whole name.</summary>
    public static IEnumerable<(string Name, Command Command)> Leaves() =>
        Leaves(CommandLine.Create(new CommandContext(TextWriter.Null, TextWriter.Null, [], new Dictionary<string, string>(StringComparer.Ordinal))), "");

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
