using Gateway.Mime;
using Gateway.Relay.Message;
using Gateway.Spool;

namespace Gateway.Relay.Queue;

/// <summary>A body in a file of the spool.</summary>
internal sealed class SpoolBodyFile(SpoolFile file) : IBodyFile
{
    public SpoolFile File => file;

    public void Append(ReadOnlySpan<byte> bytes)
    {
        try
        {
            file.Append(bytes);
        }
        catch (SpoolUnavailableException e)
        {
            throw SpoolFaults.Of(e);
        }
    }

    public MessageBytes View() => MessageBytes.FromFile(file.Handle, 0, file.Length, owner: null);

    public void Dispose() => file.Dispose();
}
