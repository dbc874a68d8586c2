using System.Net.Sockets;
using Gateway.Hosting;
using Xunit;

namespace Gateway.Tests.Hosting;

/// <summary>The start of a gateway removes nothing but a socket that is left over.</summary>
public sealed class ManagementSocketTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void MakeRoom_NothingThere_IsFree() => ManagementSocket.MakeRoom(Path.Combine(_folder.Path, "none"));

    [Fact]
    public void MakeRoom_SocketOfAProcessThatIsGone_IsRemoved()
    {
        // A bound socket that does not listen refuses connections as one does whose process was killed.
        using Socket left = Bound("left", listens: false, out string path);
        ManagementSocket.MakeRoom(path);
        Assert.False(Path.Exists(path));
    }

    [Fact]
    public void MakeRoom_SocketOfARunningProcess_IsRefusedAndLeft()
    {
        using Socket other = Bound("other", listens: true, out string path);
        Assert.Contains(path, Assert.Throws<IOException>(() => ManagementSocket.MakeRoom(path)).Message, StringComparison.Ordinal);
        Assert.True(Path.Exists(path));
    }

    [Theory]
    [InlineData("file")]
    [InlineData("folder")]
    [InlineData("link to a file")]
    [InlineData("link to nothing")]
    [InlineData("link to a socket that is left over")]
    public void MakeRoom_WhatIsNoSocket_IsRefusedAndLeft(string what)
    {
        string path = Path.Combine(_folder.Path, "here");
        string target = Path.Combine(_folder.Path, "target");
        using Socket? left = what.EndsWith("over", StringComparison.Ordinal) ? Bound("target", listens: false, out _) : null;
        switch (what)
        {
            case "file":
                File.WriteAllText(path, "precious");
                break;
            case "folder":
                Directory.CreateDirectory(path);
                break;
            case "link to a file":
                File.WriteAllText(target, "precious");
                File.CreateSymbolicLink(path, target);
                break;
            default:
                File.CreateSymbolicLink(path, target);
                break;
        }

        Assert.Contains(path, Assert.Throws<IOException>(() => ManagementSocket.MakeRoom(path)).Message, StringComparison.Ordinal);
        Assert.True(Path.Exists(path) || new FileInfo(path).LinkTarget is not null);
        Assert.Equal(what is "link to a file" or "link to a socket that is left over", Path.Exists(target));
    }

    public void Dispose() => _folder.Dispose();

    private Socket Bound(string name, bool listens, out string path)
    {
        path = Path.Combine(_folder.Path, name);
        Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(path));
        if (listens)
        {
            socket.Listen();
        }

        return socket;
    }
}
