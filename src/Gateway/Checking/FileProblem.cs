using Gateway.Faults;

namespace Gateway.Checking;

/// <summary>Why a file cannot be read, in words for a person.</summary>
internal static class FileProblem
{
    /// <summary>Says why.</summary>
    /// <param name="path">As the runtime gave it: octets of a name that are not UTF-8 became U+FFFD, and nothing opens it by that name.</param>
    /// <param name="problem">What the attempt failed with.</param>
    public static string Of(string path, Exception problem) =>
        problem is FileNotFoundException or DirectoryNotFoundException && path.Contains('\uFFFD', StringComparison.Ordinal) ? "its name is not UTF-8" : SystemFailure.Of(problem);
}
