using System.CommandLine;
using System.Text;
using Gateway.Smtp.Server.Auth;

namespace Gateway.Commands;

/// <summary><c>gateway user ...</c>: who may authenticate.</summary>
internal static class UserCommands
{
    // What every client can send in one AUTH line.
    private const int LongestPassword = 255;

    public static Command Create(CommandContext context) => new("user", "Maintain the users file (Gateway:Auth:UsersFile): who may authenticate and relay.")
    {
        Add(context), List(context), Remove(context), UserImportCommand.Create(context, p => Path(context, p), p => OwnerOfNew(context, p)),
    };

    private static Command Add(CommandContext context)
    {
        Argument<string> name = new("name") { Description = "User name, often a mail address" };
        Command command = new("add", "Add a user or change its password; the password is read from the terminal or from standard input, never from the command line.") { name };
        command.SetAction(parsed =>
        {
            UsersFile file = UsersFile.Open(Path(context, parsed));
            string user = SaslPrep.Prepare(parsed.GetValue(name)!) ?? string.Empty;
            if (!UserList.IsName(user))
            {
                throw new CommandFailedException(ExitCode.Usage, "A user name has no colon, blank or control character, does not begin with # or *, and has 255 characters at most.");
            }

            bool isNew = file.Set(user, ReadPassword(context));
            file.Save(OwnerOfNew(context, parsed));
            context.Output.WriteLine(isNew ? $"{user} added." : $"{user} has a new password.");
            return ExitCode.Ok;
        });
        return command;
    }

    private static Command List(CommandContext context)
    {
        Command command = new("list", "List the users.");
        command.SetAction(parsed =>
        {
            foreach (string user in UsersFile.Open(Path(context, parsed)).Names)
            {
                context.Output.WriteLine(user);
            }

            return ExitCode.Ok;
        });
        return command;
    }

    private static Command Remove(CommandContext context)
    {
        Argument<string> name = new("name") { Description = "User name" };
        Command command = new("remove", "Remove a user; sessions that have authenticated stay until they end.") { name };
        command.SetAction(parsed =>
        {
            UsersFile file = UsersFile.Open(Path(context, parsed));
            if (!file.Remove(parsed.GetValue(name)!))
            {
                throw new CommandFailedException(ExitCode.NotFound, $"There is no user '{Relay.Telemetry.LogText.Escape(parsed.GetValue(name)!, 60)}'.");
            }

            file.Save();
            context.Output.WriteLine($"{parsed.GetValue(name)} removed.");
            return ExitCode.Ok;
        });
        return command;
    }

    private static string Path(CommandContext context, ParseResult parsed) =>
        context.Load(parsed).Auth.UsersFile is { Length: > 0 } path
            ? path
            : throw new CommandFailedException(ExitCode.Configuration, "No users file is configured; set Gateway:Auth:UsersFile, for example --Gateway:Auth:UsersFile=/etc/gateway/users.");

    /// <summary>A file that root makes is for the user the gateway runs as, whose the data directory is.</summary>
    private static FileOwner? OwnerOfNew(CommandContext context, ParseResult parsed) =>
        FileOwner.IsRoot ? FileOwner.Of(context.DataDirectory(parsed)) is FileOwner owner ? owner with { Mode = FileOwner.OnlyOwner } : null : null;

    private static string ReadPassword(CommandContext context)
    {
        string first = Console.IsInputRedirected ? Console.In.ReadLine() ?? string.Empty : Prompt(context, "Password: ");
        if (!Console.IsInputRedirected && !first.Equals(Prompt(context, "Again: "), StringComparison.Ordinal))
        {
            throw new CommandFailedException(ExitCode.Usage, "The two are not the same.");
        }

        return SaslPrep.Prepare(first) is { Length: > 0 and <= LongestPassword } password
            ? password
            : throw new CommandFailedException(ExitCode.Usage, "A password has 1 to 255 characters, none of them a control character, private or unassigned.");
    }

    private static string Prompt(CommandContext context, string text)
    {
        context.Error.Write(text);
        StringBuilder typed = new();
        while (true)
        {
            ConsoleKeyInfo key = Console.ReadKey(intercept: true);
            switch (key.Key)
            {
                case ConsoleKey.Enter:
                    context.Error.WriteLine();
                    return typed.ToString();
                case ConsoleKey.Backspace:
                    typed.Length = Math.Max(0, typed.Length - 1);
                    break;
                default:
                    typed.Append(key.KeyChar == '\0' ? string.Empty : key.KeyChar.ToString());
                    break;
            }
        }
    }
}
