namespace Gateway.Relay.Delivery;

/// <summary>The routes that an administrator stopped; kept in a file, so that a restart does not let them go.</summary>
/// <remarks>One name a line in <c>paused-routes</c>. Threads: any.</remarks>
public sealed class RoutePauses
{
    private const string FileName = "paused-routes";

    private readonly Lock _gate = new();
    private readonly HashSet<string> _names;
    private readonly string? _path;

    private RoutePauses(string? path, IEnumerable<string> names)
    {
        _path = path;
        _names = new HashSet<string>(names, StringComparer.OrdinalIgnoreCase);
    }

    /// <summary>Reads the file of a data directory, if there is one.</summary>
    public static RoutePauses Open(string directory)
    {
        string path = Path.Combine(directory, FileName);
        return new RoutePauses(path, File.Exists(path) ? File.ReadLines(path).Where(static l => l.Length > 0).Select(RouteTable.NameOf) : []);
    }

    /// <summary>True when a route is stopped.</summary>
    public bool Contains(string route)
    {
        lock (_gate)
        {
            return _names.Contains(route);
        }
    }

    /// <summary>Stops a route, or lets it go on.</summary>
    /// <returns>False when it was so already.</returns>
    /// <exception cref="IOException">It cannot be written down; nothing has changed.</exception>
    public bool Set(string route, bool paused)
    {
        lock (_gate)
        {
            HashSet<string> names = new(_names, _names.Comparer);
            if (!(paused ? names.Add(route) : names.Remove(route)))
            {
                return false;
            }

            if (_path is not null)
            {
                string draft = _path + ".new";
                File.WriteAllLines(draft, names.Order(StringComparer.Ordinal));
                File.Move(draft, _path, overwrite: true);
            }

            _names.Clear();
            _names.UnionWith(names);
            return true;
        }
    }
}
