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
        Stack<FileSystemInfo> waiting = new([new DirectoryInfo(folder)]);
        while (waiting.TryPop(out FileSystemInfo? next))
        {
            string path = next.ToString();
            (FileSystemInfo? target, string? problem) = Target(next);
            if (target is not DirectoryInfo)
            {
                yield return new FolderEntry(path, (target as FileInfo)?.Length ?? 0, problem);
            }
            else if (RealPath(target.FullName) is not { } real)
            {
                yield return new FolderEntry(path, 0, "its links lead in a circle");
            }
            else if (entered.Add(real))
            {
                (FileSystemInfo[] entries, problem) = List(path);
                if (problem is not null)
                {
                    yield return new FolderEntry(path, 0, problem);
                }

                // The stack turns the order round.
                foreach (FileSystemInfo entry in entries.OrderByDescending(entry => entry.Name, StringComparer.Ordinal))
                {
                    waiting.Push(entry);
                }
            }
        }
    }

    private static (FileSystemInfo? Target, string? Problem) Target(FileSystemInfo entry)
    {
        if (!entry.Attributes.HasFlag(FileAttributes.ReparsePoint))
        {
            return (entry, null);
        }

        try
        {
            FileSystemInfo target = entry.ResolveLinkTarget(returnFinalTarget: true) ?? entry;
            return Directory.Exists(target.FullName) ? (new DirectoryInfo(target.FullName), null)
                : File.Exists(target.FullName) ? (new FileInfo(target.FullName), null)
                : (null, "the link leads nowhere");
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            return (null, problem.Message);
        }
    }

    private static (FileSystemInfo[] Entries, string? Problem) List(string folder)
    {
        try
        {
            return (new DirectoryInfo(folder).GetFileSystemInfos(), null);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            return ([], problem.Message);
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
