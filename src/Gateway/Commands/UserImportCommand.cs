using System.CommandLine;
using System.Globalization;
using Gateway.Relay.Telemetry;
using Gateway.Smtp.Server.Auth;

namespace Gateway.Commands;

/// <summary><c>gateway user import</c>: the users of another site with their hashes.</summary>
/// <remarks>Promises: all users of the file or none.</remarks>
internal static class UserImportCommand
{
    private const int MostMistakes = 50;

    /// <summary>Makes the command.</summary>
    /// <param name="context">The command line.</param>
    /// <param name="path">Where the users file is.</param>
    /// <param name="ownerOfNew">Whose a users file is that was not there.</param>
    public static Command Create(CommandContext context, Func<ParseResult, string> path, Func<ParseResult, FileOwner?> ownerOfNew)
    {
        Argument<string> file = new("file") { Description = "name:hash a line, as Dovecot's passwd-file and htpasswd -B have it" };
        Option<bool> replace = new("--replace") { Description = "Give users that are there already the hash of the file" };
        Command command = new(
            "import",
            $"Add users of another site with their hashes ({CryptHash.Forms}), all of the file or none. They authenticate by PLAIN and LOGIN; SCRAM-SHA-256 is not offered until each has a new password by gateway user add.")
        {
            file, replace,
        };
        command.SetAction(parsed =>
        {
            UsersFile users = UsersFile.Open(path(parsed));
            List<string> mistakes = [];
            string name = parsed.GetValue(file)!;
            List<ImportedUser> found = ImportFile.Read(name, mistakes);
            if (!CryptHash.IsAvailable)
            {
                throw new CommandFailedException(ExitCode.Unavailable, "Hashes of other sites need libcrypt.so.1 or libcrypt.so.2, which this machine does not have (Debian: libcrypt1).");
            }

            if (!parsed.GetValue(replace))
            {
                mistakes.AddRange(users.Others(found).Select(u => string.Create(
                    CultureInfo.InvariantCulture, $"{LogText.Escape(name, 200)}:{u.Line}: {LogText.Escape(u.Name, 60)} is there already, with another password; --replace gives it this one")));
            }

            return mistakes.Count > 0 ? Refuse(context, mistakes) : Take(context, users, found, ownerOfNew(parsed));
        });
        return command;
    }

    private static int Refuse(CommandContext context, List<string> mistakes)
    {
        foreach (string mistake in mistakes.Take(MostMistakes))
        {
            context.Error.WriteLine(mistake);
        }

        string more = mistakes.Count > MostMistakes ? string.Create(CultureInfo.InvariantCulture, $" {mistakes.Count - MostMistakes} more are not shown.") : string.Empty;
        throw new CommandFailedException(ExitCode.Unreadable, $"Nothing was changed: {Lines(mistakes.Count)} not taken.{more}");
    }

    private static int Take(CommandContext context, UsersFile users, List<ImportedUser> found, FileOwner? ownerOfNew)
    {
        (int added, int replaced, int same) = users.Import(found);
        users.Save(ownerOfNew);
        context.Output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{added} users added, {replaced} replaced, {same} as they were."));
        return ExitCode.Ok;
    }

    private static string Lines(int count) => count == 1 ? "1 line is" : string.Create(CultureInfo.InvariantCulture, $"{count} lines are");
}
