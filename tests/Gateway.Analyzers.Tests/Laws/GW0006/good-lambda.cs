internal static class Search
{
    public static bool Any(Stream content, Func<Func<string, bool>, bool> ask)
    {
        byte[]? header = null;
        try
        {
            return ask(name =>
            {
                if (header is null)
                {
                    header = ArrayPool<byte>.Shared.Rent(4096);
                    _ = content.Read(header);
                }

                return header[0] == name[0];
            });
        }
        finally
        {
            if (header is not null)
            {
                ArrayPool<byte>.Shared.Return(header);
            }
        }
    }
}
