using System.Security.Cryptography;
using System.Text;
using Gateway.Smtp.Transport;

namespace Gateway.Smtp.Server.Auth;

/// <summary>Who may authenticate: the content of the users file.</summary>
/// <remarks>
/// One user a line, <c>name:SCRAM-SHA-256$...</c>, or <c>name:$6$...</c> with a hash of another site (<see cref="CryptHash"/>), which PLAIN and LOGIN can check; empty lines and lines that begin with # are passed over. The line
/// <c>*:key</c> holds the secret from which the salts of users that do not exist are made.
/// Promises: asking for a user that does not exist looks like asking for one that does: it has a salt, always the same one, and a check
/// that takes as long.
/// Threads: immutable.
/// </remarks>
public sealed class UserList
{
    private readonly Dictionary<string, IStoredPassword> _users = new(StringComparer.OrdinalIgnoreCase);

    // Entries whose names were written before names were folded, or by hand, under what clients' names become.
    private readonly Dictionary<string, IStoredPassword> _folded = new(StringComparer.OrdinalIgnoreCase);
    private IStoredPassword[] _decoys = [];
    private byte[] _secret = [];
    private int _iterations = ScramCredentials.DefaultIterations;

    private UserList()
    {
    }

    /// <summary>Whether some users have a hash of another site, with which SCRAM cannot work.</summary>
    public bool HasHashes { get; private set; }

    /// <summary>The names, in the order of the file.</summary>
    public IReadOnlyCollection<string> Names => _users.Keys;

    /// <summary>Reads the file and begins to watch it; one that became empty, as a copy that is not atomic shows it, leaves the users that there were.</summary>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="FormatException">A line is none; its number is in the message, its content is not.</exception>
    public static WatchedFiles<UserList> Watch(string path, TimeProvider time) =>
        new([path], Filled(path), time);

    private static Func<IReadOnlyList<byte[]>, UserList> Filled(string path)
    {
        bool hadUsers = false;
        return contents =>
        {
            string text = Encoding.UTF8.GetString(contents[0]);
            if (hadUsers && string.IsNullOrWhiteSpace(text))
            {
                throw new FormatException($"{path}: is empty; the users stay as they were. To have none, leave a comment in it.");
            }

            UserList list = Parse(path, text);
            hadUsers |= list.Names.Count > 0;
            return list;
        };
    }

    /// <summary>Reads the file as a start does.</summary>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="FormatException">A line is none; its number is in the message, its content is not.</exception>
    public static UserList Read(string path) => Parse(path, Encoding.UTF8.GetString(WatchedFiles<UserList>.ReadAll([path])[0]));

    /// <summary>Reads the content of a users file.</summary>
    /// <exception cref="FormatException">A line is none.</exception>
    public static UserList Parse(string path, string content)
    {
        ArgumentNullException.ThrowIfNull(content);
        UserList list = new();
        int number = 0;
        foreach (string raw in content.Split('\n'))
        {
            number++;
            string line = raw.Trim();
            if (line.Length == 0 || line[0] == '#')
            {
                continue;
            }

            int colon = line.IndexOf(':', StringComparison.Ordinal);
            string name = colon < 0 ? string.Empty : line[..colon];
            string value = line[(colon + 1)..];
            bool known = name == "*"
                ? TrySecret(value, out list._secret)
                : IsName(name) && Stored(value) is IStoredPassword stored && list._users.TryAdd(name, stored);
            if (!known)
            {
                throw new FormatException($"{path}:{number.ToString(System.Globalization.CultureInfo.InvariantCulture)}: {Fault(value)}");
            }

            if (SaslPrep.Prepare(name) is string folded && folded != name)
            {
                list._folded.TryAdd(folded, list._users[name]);
            }
        }

        if (list._secret.Length == 0)
        {
            // A file written by hand: the salts of unknown users last as long as the process.
            list._secret = RandomNumberGenerator.GetBytes(ScramCredentials.KeyBytes);
        }

        list._decoys = list._users.Count == 0 ? [ScramCredentials.Decoy()] : [.. list._users.Values];
        list.HasHashes = list._decoys.Any(static d => d is CryptHash);
        list._iterations = list._users.Values.OfType<ScramCredentials>().GroupBy(u => u.Iterations).OrderByDescending(g => g.Count()).FirstOrDefault()?.Key
            ?? ScramCredentials.DefaultIterations;
        return list;
    }

    /// <summary>True for a name that can stand in the file: no colon, no blanks or control characters, no # or * in front.</summary>
    public static bool IsName(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return name.Length is > 0 and <= 255 && name[0] is not ('#' or '*') && !name.Any(c => c == ':' || char.IsControl(c) || char.IsWhiteSpace(c));
    }

    /// <summary>True when the password is that of the user with this prepared name. For one that does not exist, the password of one that does is checked in vain, always of the same one.</summary>
    internal bool Verify(string name, SaslPassword password)
    {
        if (_users.TryGetValue(name, out IStoredPassword? stored) || _folded.TryGetValue(name, out stored))
        {
            return stored.Fits(password);
        }

        _decoys[System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(SeedOf(name)) % _decoys.Length].Fits(password);
        return false;
    }

    /// <summary>The SCRAM credentials of a user by its prepared name; for one that does not exist, or has a hash of another site, credentials that no password fits.</summary>
    public ScramCredentials Find(string name, out bool exists)
    {
        ArgumentNullException.ThrowIfNull(name);
        exists = (_users.TryGetValue(name, out IStoredPassword? stored) || _folded.TryGetValue(name, out stored)) && stored is ScramCredentials;
        if (exists)
        {
            return (ScramCredentials)stored!;
        }

        byte[] seed = SeedOf(name);
        return new ScramCredentials(
            _iterations, seed[..16], RandomNumberGenerator.GetBytes(ScramCredentials.KeyBytes), RandomNumberGenerator.GetBytes(ScramCredentials.KeyBytes));
    }

    private byte[] SeedOf(string name) => HMACSHA256.HashData(_secret, Encoding.UTF8.GetBytes(name.ToUpperInvariant()));

    private static IStoredPassword? Stored(string value) => ScramCredentials.TryParse(value, out ScramCredentials credentials) ? credentials
        : CryptHash.IsAvailable && CryptHash.TryParse(value, out CryptHash hash) ? hash
        : null;

    private static string Fault(string value) => !CryptHash.IsAvailable && CryptHash.TryParse(value, out _)
        ? "this hash needs libcrypt.so.1 or libcrypt.so.2, which this machine does not have."
        : value.StartsWith('$') || value.StartsWith('{')
            ? $"a user for the second time, or a hash that is not taken; those of {CryptHash.Forms} are, of up to {CryptHash.Most}."
            : "no user, or a user for the second time.";

    private static bool TrySecret(string text, out byte[] secret)
    {
        byte[] octets = new byte[text.Length];
        bool ok = Convert.TryFromBase64String(text, octets, out int length) && length >= 16;
        secret = ok ? octets[..length] : [];
        return ok;
    }
}
