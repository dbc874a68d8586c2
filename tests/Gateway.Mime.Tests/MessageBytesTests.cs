namespace Gateway.Mime.Tests;

public class MessageBytesTests
{
    [Fact]
    public void Read_FromChunks_CrossesThem()
    {
        byte[] octets = [.. Enumerable.Range(0, 200).Select(i => (byte)i)];
        using MessageBytes content = MessageBytes.FromMemory(Chunks.Of(octets, 7));
        byte[] part = new byte[50];

        Assert.Equal(50, content.Read(33, part));
        Assert.Equal(octets[33..83], part);
        Assert.Equal(5, content.Read(195, part));
        Assert.Equal(0, content.Read(200, part));
    }

    [Fact]
    public void OpenStream_SeeksAndEndsWithTheContent()
    {
        using MessageBytes content = MessageBytes.FromMemory("0123456789"u8.ToArray());
        using Stream stream = content.OpenStream();
        stream.Seek(-3, SeekOrigin.End);

        using StreamReader reader = new(stream);

        Assert.Equal("789", reader.ReadToEnd());
        Assert.Equal((10L, true, false), (content.Length, stream.CanSeek, stream.CanWrite));
    }

    [Fact]
    public void Read_FromAFileThatIsTooShort_FailsInsteadOfCutting()
    {
        string path = Path.GetTempFileName();
        try
        {
            File.WriteAllText(path, "short");
            using Microsoft.Win32.SafeHandles.SafeFileHandle handle = File.OpenHandle(path);
            using MessageBytes content = MessageBytes.FromFile(handle, 0, 10);

            Assert.Throws<EndOfStreamException>(() => content.Read(5, new byte[5]));
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void Dispose_OfContent_DisposesItsOwnerOnly()
    {
        using MemoryStream owner = new();
        MessageBytes content = MessageBytes.FromMemory(Chunks.Of([1, 2, 3], 2), owner);

        content.Dispose();

        Assert.False(owner.CanRead);
    }
}
