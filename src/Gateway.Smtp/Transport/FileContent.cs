using System.Security.Cryptography;

namespace Gateway.Smtp.Transport;

/// <summary>What can be wrong with files of ours.</summary>
public static class FileContent
{
    /// <summary>True for what reading files and making sense of their content may throw.</summary>
    public static bool IsFault(Exception e) =>
        e is IOException or UnauthorizedAccessException or CryptographicException or FormatException or ArgumentException or NotSupportedException;
}
