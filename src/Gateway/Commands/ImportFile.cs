using System.Globalization;
using Gateway.Faults;
using Gateway.Relay.Telemetry;
using Gateway.Smtp.Server.Auth;

namespace Gateway.Commands;

/// <summary>A user of another site.</summary>
/// <param name="Line">Where it stands in its file, from 1.</param>
/// <param name="Name">The prepared name.</param>
/// <param name="Hash">The hash without a scheme.</param>
internal sealed record ImportedUser(int Line, string Name, string Hash);

/// <summary>The users of another site: <c>name:hash</c> a line, as Dovecot's passwd-file and htpasswd have it; fields behind the hash are passed over.</summary>
/// <remarks>
/// Promises: every line that is not taken is named with its number and why, never with its hash. A line whose further fields forbid or restrict logins is not taken: what it forbids would be allowed here.
/// </remarks>
internal static class ImportFile
{
    private const int FirstExtra = 7;
    private const int MostScheme = 20;

    private static readonly string[] Restrictions = ["nologin", "allow_nets", "allow_real_nets"];

    /// <summary>Reads a file.</summary>
    /// <param name="path">Where it is.</param>
    /// <param name="mistakes">A sentence for each line that is not taken.</param>
    /// <exception cref="CommandFailedException">It cannot be read.</exception>
    public static List<ImportedUser> Read(string path, List<string> mistakes)
    {
        List<ImportedUser> users = [];
        HashSet<string> names = new(StringComparer.OrdinalIgnoreCase);
        foreach ((int at, string raw) in LinesOf(path).Index())
        {
            string line = raw.Trim();
            if (line.Length == 0 || line[0] == '#')
            {
                continue;
            }

            string[] fields = line.Split(':');
            string name = SaslPrep.Prepare(fields[0]) ?? string.Empty;
            if (Fault(fields, name, names, out string hash) is string fault)
            {
                mistakes.Add(string.Create(CultureInfo.InvariantCulture, $"{LogText.Escape(path, 200)}:{at + 1}: {fault}"));
            }
            else
            {
                users.Add(new ImportedUser(at + 1, name, hash));
            }
        }

        return users;
    }

    private static string? Fault(string[] fields, string name, HashSet<string> names, out string hash)
    {
        string value = fields.Length > 1 ? fields[1] : string.Empty;
        bool isKnown = CryptHash.TryParse(value, out CryptHash parsed);
        hash = isKnown ? parsed.ToString() : string.Empty;
        return fields.Length < 2 ? "no colon; expected name:hash"
            : !UserList.IsName(name) ? "a user name has no blank or control character, does not begin with # or *, and has 1 to 255 characters"
            : value.Length == 0 || value[0] is '!' or '*' ? "the user has no password, or is locked"
            : !isKnown ? $"{FormOf(value)} is not taken; {CryptHash.Forms} are, of up to {CryptHash.Most}"
            : Restricted(fields) is string restriction ? $"{restriction} restricts the login, which the gateway cannot do; take it out or leave the user out"
            : !names.Add(name) ? "the user is there for the second time"
            : null;
    }

    private static string? Restricted(string[] fields) => string.Join(':', fields.Skip(FirstExtra)).Split(' ', StringSplitOptions.RemoveEmptyEntries)
        .Select(static f => f.Split('=')[0]).FirstOrDefault(static f => Restrictions.Contains(f, StringComparer.OrdinalIgnoreCase));

    /// <summary>What a form calls itself, and nothing of the hash.</summary>
    private static string FormOf(string value)
    {
        int end = value[0] == '{' ? value.IndexOf('}', StringComparison.Ordinal) : value[0] == '$' ? value.IndexOf('$', 1) : -1;
        return end is > 0 and <= MostScheme ? $"this hash of the form {LogText.Escape(value[..(end + 1)])}" : "what stands for the hash";
    }

    private static string[] LinesOf(string path)
    {
        try
        {
            return File.ReadAllLines(path);
        }
        catch (Exception e) when (SystemFailure.IsOne(e))
        {
            throw new CommandFailedException(
                e is FileNotFoundException or DirectoryNotFoundException ? ExitCode.NotFound : ExitCode.NotPermitted, SystemFailure.Of(e) + ".");
        }
    }
}
