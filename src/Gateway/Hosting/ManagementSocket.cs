using System.Net.Sockets;

namespace Gateway.Hosting;

/// <summary>The place of the management interface's unix socket.</summary>
/// <remarks>Promises: removes only a socket that nobody answers at any more. A file, a link, a folder or the socket of a running process is left as it is.</remarks>
internal static class ManagementSocket
{
    // "No such device or address": what opening a socket as a file says, on Linux and macOS.
    private const int NoSuchDevice = 6;

    /// <summary>Why no socket can be made at the path, whoever runs or not; null when one can.</summary>
    public static string? FaultOf(string path) =>
        !IsFree(path) && (new FileInfo(path).LinkTarget is not null || !IsSocket(path)) ? $"'{path}' is there and is no socket; it is left as it is" : null;

    /// <summary>Removes what a process that is gone left at the path.</summary>
    /// <exception cref="IOException">Something else is there, or somebody answers; the message names it.</exception>
    public static void MakeRoom(string path)
    {
        if (FaultOf(path) is string fault)
        {
            throw new IOException($"Management:Endpoint: {fault}.");
        }

        if (IsFree(path))
        {
            return;
        }

        if (IsAnswered(path))
        {
            throw new IOException($"Management:Endpoint: another process answers at the socket '{path}'.");
        }

        File.Delete(path);
    }

    private static bool IsFree(string path) => new FileInfo(path).LinkTarget is null && !Path.Exists(path);

    private static bool IsSocket(string path)
    {
        try
        {
            // For reading and writing: opening a named pipe for one of them would wait for its other end.
            File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete).Dispose();
            return false;
        }
        catch (IOException e)
        {
            return e.HResult == NoSuchDevice;
        }
        catch (UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static bool IsAnswered(string path)
    {
        using Socket probe = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            probe.Connect(new UnixDomainSocketEndPoint(path));
            return true;
        }
        catch (SocketException e)
        {
            // Only a refusal shows that nobody listens: a full backlog or missing rights are somebody.
            return e.SocketErrorCode != SocketError.ConnectionRefused;
        }
    }
}
