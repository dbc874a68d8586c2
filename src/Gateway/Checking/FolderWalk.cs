using Gateway.Faults;

namespace Gateway.Checking;

/// <summary>A file below a folder, or what could not be read there.</summary>
/// <param name="Path">The path as it was reached.</param>
/// <param name="Length">Octets of the file.</param>
/// <param name="Problem">Why it, or the folder of this path, cannot be read; null when it can.</param>
internal readonly record struct FolderEntry(string Path, long Length, string? Problem);

/// <summary>Goes through a folder and all below it, following links, in the order of the names.</summary>
/// <remarks>Promises: ends, whatever links lead where: a folder is entered once by its real path.</remarks>
internal static class FolderWalk
{
    private const int MostLinks = 40;

    /// <summary>The files, and what could not be read.</summary>
    public static IEnumerable<FolderEntry> Entries(string folder)
    {
        HashSet<string> entered = new(StringComparer.Ordinal);
        Stack<string> waiting = new([folder]);
        while (waiting.TryPop(out string? path))
        {
            (string? target, long? length, string? problem) = Target(path);
            if (target is null || length is not null)
            {
                yield return new FolderEntry(path, length ?? 0, problem);
            }
            else if (RealPath(target) is not { } real)
            {
                yield return new FolderEntry(path, 0, "its links lead in a circle");
            }
            else if (entered.Add(real))
            {
                (string[] names, problem) = List(path);
                if (problem is not null)
                {
                    yield return new FolderEntry(path, 0, problem);
                }

                // The stack turns the order round.
                foreach (string name in names.OrderDescending(StringComparer.Ordinal))
                {
                    waiting.Push(Path.Combine(path, name));
                }
            }
        }
    }

    // Where a path leads, and the length if that is a file. Whatever is deleted meanwhile is a problem, not an exception.
    private static (string? Target, long? Length, string? Problem) Target(string path)
    {
        try
        {
            // One look at each file: the attributes and the length come from the same call.
            FileInfo entry = new(path);
            if (entry.Attributes.HasFlag(FileAttributes.ReparsePoint))
            {
                string target = (entry.ResolveLinkTarget(returnFinalTarget: true) ?? entry).FullName;
                entry = new FileInfo(target);
                if (!Path.Exists(target))
                {
                    return (null, null, "the link leads nowhere");
                }
            }

            return (entry.FullName, entry.Attributes.HasFlag(FileAttributes.Directory) ? null : entry.Length, null);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            return (null, null, FileProblem.Of(path, problem));
        }
    }

    private static (string[] Names, string? Problem) List(string folder)
    {
        try
        {
            return (Directory.EnumerateFileSystemEntries(folder).Select(entry => Path.GetFileName(entry)).ToArray(), null);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            return ([], SystemFailure.Of(problem));
        }
    }

    // The path without any link in it; null when there are too many to be no circle.
    private static string? RealPath(string path)
    {
        string root = Path.GetPathRoot(path)!;
        Stack<string> waiting = new(Parts(path[root.Length..]));
        string real = root;
        int links = 0;
        while (waiting.TryPop(out string? part))
        {
            if (part == "..")
            {
                real = Path.GetDirectoryName(real) ?? root;
                continue;
            }

            string next = Path.Combine(real, part);
            if (new DirectoryInfo(next).LinkTarget is not { } target)
            {
                real = next;
                continue;
            }

            if (++links > MostLinks)
            {
                return null;
            }

            real = Path.IsPathRooted(target) ? root : real;
            foreach (string link in Parts(target.TrimStart(Path.DirectorySeparatorChar)))
            {
                waiting.Push(link);
            }
        }

        return real;
    }

    private static IEnumerable<string> Parts(string path) =>
        path.Split(Path.DirectorySeparatorChar, StringSplitOptions.RemoveEmptyEntries).Where(part => part != ".").Reverse();
}
