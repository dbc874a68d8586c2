using Gateway.Mime;

namespace Gateway.Relay.Quarantine.Review;

/// <summary>Whether a host behind could read a message as two.</summary>
internal static class FalseEndOfData
{
    /// <summary>Reads a body to its end.</summary>
    /// <remarks>By its octets: the findings that were stored with it may have been too many to keep all.</remarks>
    public static async Task<bool> IsInAsync(Stream body, CancellationToken cancellationToken)
    {
        WireScanner scanner = new();
        byte[] block = new byte[64 * 1024];
        int read;
        while ((read = await body.ReadAsync(block, cancellationToken)) > 0)
        {
            scanner.Append(block.AsSpan(0, read));
        }

        return scanner.Complete().NonstandardEndOfData.Count > 0;
    }
}
