using System.Security.Cryptography;
using System.Text;
using Gateway.Faults;
using Gateway.Smtp.Server.Auth;
using Gateway.Spool.Storage;

namespace Gateway.Commands;

/// <summary>Edits the users file.</summary>
/// <remarks>
/// Promises: the file is replaced whole by a rename, so a running gateway never sees half of it; owner and mode stay, a new file may be read by
/// its owner only; comments and the order of lines stay.
/// Source: <see cref="UserList"/> for the form.
/// </remarks>
internal sealed class UsersFile
{
    private readonly string _path;
    private readonly List<string> _lines;

    private UsersFile(string path, List<string> lines)
    {
        _path = path;
        _lines = lines;
    }

    /// <summary>The users' names.</summary>
    public IEnumerable<string> Names => _lines.Select(NameOf).OfType<string>();

    /// <summary>Reads the file; one that does not exist has no users.</summary>
    /// <exception cref="CommandFailedException">It cannot be read, or it is no users file.</exception>
    public static UsersFile Open(string path)
    {
        try
        {
            List<string> lines = File.Exists(path) ? [.. File.ReadLines(path)] : [];
            UserList.Parse(path, string.Join('\n', lines));
            return new UsersFile(path, lines);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or FormatException)
        {
            throw new CommandFailedException(e is FormatException ? ExitCode.Configuration : ExitCode.NotPermitted, SystemFailure.Of(e) + ".");
        }
    }

    /// <summary>Adds a user, or gives an existing one a new password.</summary>
    /// <returns>True when the user is new.</returns>
    public bool Set(string name, string password)
    {
        string line = $"{name}:{ScramCredentials.Create(password)}";
        int at = IndexOf(name);
        if (at >= 0)
        {
            _lines[at] = line;
            return false;
        }

        NeedSecret();
        _lines.Add(line);
        return true;
    }

    /// <summary>Adds users with their hashes, and gives them to those that are there.</summary>
    /// <param name="users">Prepared names, each once.</param>
    /// <returns>How many are new, have another entry now, and had this one.</returns>
    public (int Added, int Replaced, int Same) Import(IReadOnlyList<ImportedUser> users)
    {
        NeedSecret();
        Dictionary<string, int> places = Places();
        (int added, int replaced, int same) = (0, 0, 0);
        foreach (ImportedUser user in users)
        {
            string line = $"{user.Name}:{user.Hash}";
            if (!places.TryGetValue(user.Name, out int at))
            {
                _lines.Add(line);
                added++;
            }
            else if (_lines[at].Trim().EndsWith(":" + user.Hash, StringComparison.Ordinal))
            {
                same++;
            }
            else
            {
                _lines[at] = line;
                replaced++;
            }
        }

        return (added, replaced, same);
    }

    /// <summary>Those of the users that are there with something else than this hash.</summary>
    public IEnumerable<ImportedUser> Others(IReadOnlyList<ImportedUser> users)
    {
        Dictionary<string, int> places = Places();
        return users.Where(u => places.TryGetValue(u.Name, out int at) && !_lines[at].Trim().EndsWith(":" + u.Hash, StringComparison.Ordinal));
    }

    /// <summary>Removes a user.</summary>
    /// <returns>False when there is none of that name.</returns>
    public bool Remove(string name)
    {
        int at = IndexOf(name);
        if (at >= 0)
        {
            _lines.RemoveAt(at);
        }

        return at >= 0;
    }

    /// <summary>Writes the file.</summary>
    /// <param name="ownerOfNew">Whose a file is that was not there; null for whoever writes it.</param>
    /// <exception cref="CommandFailedException">It cannot be written, or cannot be left to its owner.</exception>
    public void Save(FileOwner? ownerOfNew = null)
    {
        // Through a link, so that the link stays one.
        string target = (File.Exists(_path) ? File.ResolveLinkTarget(_path, returnFinalTarget: true)?.FullName : null) ?? Path.GetFullPath(_path);
        try
        {
            AtomicFile.Replace(
                target, Encoding.UTF8.GetBytes(string.Concat(_lines.Select(l => l + "\n"))), fresh => (FileOwner.Of(target) ?? ownerOfNew)?.Give(fresh));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CommandFailedException(ExitCode.NotPermitted, SystemFailure.Of(e) + ".");
        }
    }

    private void NeedSecret()
    {
        if (!_lines.Exists(l => l.StartsWith("*:", StringComparison.Ordinal)))
        {
            _lines.Insert(0, "*:" + Convert.ToBase64String(RandomNumberGenerator.GetBytes(32)));
        }
    }

    private Dictionary<string, int> Places()
    {
        Dictionary<string, int> places = new(StringComparer.OrdinalIgnoreCase);
        foreach ((int at, string line) in _lines.Index())
        {
            if (NameOf(line) is string name)
            {
                places.TryAdd(SaslPrep.Prepare(name) ?? name, at);
            }
        }

        return places;
    }

    // The name as it stands comes first: two entries may differ in nothing but their form.
    private int IndexOf(string name) => _lines.FindIndex(l => Same(NameOf(l), name)) is >= 0 and int exact
        ? exact
        : _lines.FindIndex(l => NameOf(l) is string other && Same(SaslPrep.Prepare(other), SaslPrep.Prepare(name)));

    private static bool Same(string? one, string? other) => one is not null && string.Equals(one, other, StringComparison.OrdinalIgnoreCase);

    private static string? NameOf(string line)
    {
        string text = line.Trim();
        int colon = text.IndexOf(':', StringComparison.Ordinal);
        return colon <= 0 || text[0] is '#' or '*' ? null : text[..colon];
    }
}
