using System.Globalization;
using System.Text;
using Gateway.Relay.Telemetry;
using Gateway.Relay.Queue;

namespace Gateway.Relay.Delivery.Routes;

/// <summary>A route that somebody stopped.</summary>
/// <param name="Route">Its name.</param>
/// <param name="Since">When; null when an older version wrote it down, which did not note it.</param>
/// <param name="By">Who; empty where it was not noted.</param>
/// <param name="Reason">Why, or empty.</param>
public sealed record RoutePause(string Route, DateTimeOffset? Since = null, string By = "", string Reason = "")
{
    /// <summary>Who, when and why: <c>paused by ada (sudo) since 2026-11-30 23:12Z: upgrade of the store</c>.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"paused{(By.Length > 0 ? $" by {By}" : string.Empty)}{(Since is { } since ? $" since {since:yyyy-MM-dd HH:mm'Z'}" : string.Empty)}: {(Reason.Length > 0 ? Reason : "no reason given")}");
}

/// <summary>The routes that an administrator stopped; kept in a file, so that a restart does not let them go.</summary>
/// <remarks>A line each in <c>paused-routes</c>: name, time, person and reason, with tabs between. Older versions wrote and read the name only. Threads: any.</remarks>
public sealed class RoutePauses
{
    private const string FileName = "paused-routes";
    private const int Parts = 4;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, RoutePause> _pauses;
    private readonly string? _path;

    private RoutePauses(string? path, IEnumerable<RoutePause> pauses)
    {
        _path = path;
        _pauses = new Dictionary<string, RoutePause>(StringComparer.OrdinalIgnoreCase);
        foreach (RoutePause pause in pauses)
        {
            _pauses[pause.Route] = pause;
        }
    }

    /// <summary>Reads the file of a data directory, if there is one.</summary>
    public static RoutePauses Open(string directory)
    {
        string path = Path.Combine(directory, FileName);
        return new RoutePauses(path, File.Exists(path) ? File.ReadLines(path).Where(static l => l.Length > 0).Select(Read) : []);
    }

    /// <summary>Who stopped a route, when and why; null when nobody did.</summary>
    public RoutePause? Find(string route)
    {
        lock (_gate)
        {
            return _pauses.GetValueOrDefault(route);
        }
    }

    /// <summary>Stops a route; one that is stopped keeps who stopped it first.</summary>
    /// <returns>False when it was so already.</returns>
    /// <exception cref="IOException">It cannot be written down; nothing has changed.</exception>
    public bool Add(RoutePause pause) => Change(pauses => pauses.TryAdd(pause.Route, pause));

    /// <summary>Lets a route go on.</summary>
    /// <returns>False when it was so already.</returns>
    /// <exception cref="IOException">It cannot be written down; nothing has changed.</exception>
    public bool Remove(string route) => Change(pauses => pauses.Remove(route));

    private static RoutePause Read(string line)
    {
        string[] parts = line.Split('\t', Parts);
        return new RoutePause(
            RouteTable.NameOf(parts[0]),
            parts.Length > 1 && DateTimeOffset.TryParse(parts[1], CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset since) ? since : null,
            parts.ElementAtOrDefault(2) ?? string.Empty, parts.ElementAtOrDefault(3) ?? string.Empty);
    }

    // What was escaped has no tab and no line end.
    private static string Line(RoutePause pause) =>
        string.Join('\t', pause.Route, pause.Since?.ToString("O", CultureInfo.InvariantCulture), LogText.Escape(pause.By, 100), LogText.Escape(pause.Reason));

    private bool Change(Func<Dictionary<string, RoutePause>, bool> change)
    {
        lock (_gate)
        {
            Dictionary<string, RoutePause> pauses = new(_pauses, _pauses.Comparer);
            if (!change(pauses))
            {
                return false;
            }

            if (_path is not null)
            {
                DataVolume.Replace(_path, Encoding.UTF8.GetBytes(string.Concat(pauses.Values.OrderBy(static p => p.Route, StringComparer.Ordinal).Select(static p => Line(p) + '\n'))));
            }

            _pauses.Clear();
            foreach ((string route, RoutePause pause) in pauses)
            {
                _pauses[route] = pause;
            }

            return true;
        }
    }
}
